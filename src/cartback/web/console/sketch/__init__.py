"""A flow while somebody builds it: its steps as a form holds them, finished or not."""
