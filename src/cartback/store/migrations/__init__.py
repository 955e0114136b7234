"""Numbered changes of the schema, forward only, each safe beside the release before it."""
