"""Segment's tracking protocol: what its SDKs and everything that speaks like them send."""

from cartback.sources.segment.envelope import Envelope, Reader
from cartback.sources.segment.event import Arrival, Options, event_of

__all__ = ["Arrival", "Envelope", "Options", "Reader", "event_of"]
