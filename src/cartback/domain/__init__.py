"""The rules of Cartback: values in, values out. No clock, no database, no network."""
