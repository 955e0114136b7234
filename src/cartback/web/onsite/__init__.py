"""What browsers and servers of shops call: events in, decisions and the script out."""
