"""One message as Segment's protocol has it, decoded but not yet understood.

The fields: https://segment.com/docs/connections/spec/common/
"""

from typing import Any, Final

import msgspec

from cartback.domain.drop import DropReason
from cartback.engine.intake import Dropped
from cartback.sources.segment.limits import unheld_number

CALLS: Final = frozenset({"track", "identify", "page", "screen", "group", "alias"})


class Context(msgspec.Struct, gc=False):
    """What is read of `context`; the rest (address, device, user agent) is not kept."""

    traits: Any = None
    location: Any = None
    page: Any = None
    backfill: Any = None

    def over(self, common: "Context") -> "Context":
        """This context, completed with the batch's own."""
        return Context(
            traits=common.traits if self.traits is None else self.traits,
            location=common.location if self.location is None else self.location,
            page=common.page if self.page is None else self.page,
            backfill=common.backfill if self.backfill is None else self.backfill,
        )


NO_CONTEXT: Final = Context()


class Message(msgspec.Struct, rename="camel", gc=False):
    """A call. Fields that must be objects are; all others are looked at when they are used."""

    type: Any = None
    message_id: Any = None
    user_id: Any = None
    anonymous_id: Any = None
    previous_id: Any = None
    group_id: Any = None
    event: Any = None
    name: Any = None
    category: Any = None
    timestamp: Any = None
    original_timestamp: Any = None
    sent_at: Any = None
    received_at: Any = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: Context | None = None


_MESSAGE: Final = msgspec.json.Decoder(Message)


def decode(raw: bytes) -> Message | Dropped:
    """The message in these bytes, whose JSON syntax has been checked before."""
    try:
        return _MESSAGE.decode(raw)
    except UnicodeDecodeError:
        return Dropped(DropReason.BAD_TEXT, "a text is not UTF-8")
    except RecursionError:
        return Dropped(DropReason.TOO_DEEP, "nested far too deep; flatten the properties")
    except msgspec.ValidationError as error:
        return unheld_number(raw, error) or Dropped(DropReason.MALFORMED, str(error))
    except msgspec.DecodeError as error:
        return Dropped(DropReason.MALFORMED, str(error))
