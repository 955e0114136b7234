"""Segment's tracking protocol: what its SDKs and everything that speaks like them send."""

from cartback.sources.segment.delivery import Delivery, Segment
from cartback.sources.segment.event import Arrival, Options, event_of

__all__ = ["Arrival", "Delivery", "Options", "Segment", "event_of"]
