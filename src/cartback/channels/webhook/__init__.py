"""Calls of the shop's own systems: signed as Standard Webhooks, and safe to be repeated."""
