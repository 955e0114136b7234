"""HTTP only: a handler reads the request, asks the engine once, and writes the answer."""
