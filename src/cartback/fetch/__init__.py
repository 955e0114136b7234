"""Calls to addresses that people typed in: webhooks, feeds. Nothing inside the house is reached."""

from cartback.fetch.call import Answer, CallFailed, Limits, call, download
from cartback.fetch.guard import Forbidden, Guard

__all__ = ["Answer", "CallFailed", "Forbidden", "Guard", "Limits", "call", "download"]
