"""The HTTP API, `/api/v1`: everything that a person can do here, for programs (docs/api.md)."""
