"""Where events come from: a folder for each kind of sender."""
