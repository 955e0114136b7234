"""Which questions the tape can answer, and who can be ruled out when it cannot answer all.

Carts, the time of joining a segment, and runs live in a profile's state. A tree that asks about
them is judged in Python, one profile after the other, over the candidates that a wider tree leaves.
"""

from typing import Final

import msgspec

from cartback.domain.cart import CART_METRICS
from cartback.domain.condition import (
    All,
    Any_,
    Condition,
    Did,
    HasCart,
    InSegment,
    Not,
    leaves,
)
from cartback.domain.event import Metric
from cartback.domain.window import EVER, Last, SinceRunStart

CART_LIFE: Final = "91 days"
"""A day more than the longest time for which a cart is remembered (see Settings.limits)."""


_RECENT_CART: Final = Any_(
    tuple(
        Did(metric, within=Last(CART_LIFE))
        for metric in sorted(CART_METRICS - {Metric.PLACED_ORDER})
    )
)


def unreadable(condition: Condition) -> tuple[Condition, ...]:
    """The leaves that the tape does not answer, each once.

    The tree is one that `rules.resolve` made, as for `judge`: where it asks whether somebody is in
    a segment, the segment's own condition stands beside the question and answers it.
    """
    return tuple(dict.fromkeys(one for one in leaves(condition) if not _is_readable(one)))


def _is_readable(leaf: Condition) -> bool:
    if isinstance(leaf, HasCart):
        return False
    if isinstance(leaf, InSegment):
        return leaf.joined == EVER
    window = getattr(leaf, "within", getattr(leaf, "joined", EVER))
    return not isinstance(window, SinceRunStart) and _is_text(leaf)


def _is_text(leaf: Condition) -> bool:
    """No event holds a NUL, and no engine takes one in a query."""
    return b"\\u0000" not in msgspec.json.encode(leaf)


def narrowed(condition: Condition) -> Condition | None:
    """A readable condition that holds wherever this one does; None where anybody may be meant."""
    return _widest(condition)


def _widest(condition: Condition) -> Condition | None:
    match condition:
        case All(of):
            known = tuple(wide for one in of if (wide := _widest(one)) is not None)
            return All(known) if known else None
        case Any_(of):
            wider = [_widest(one) for one in of]
            known = tuple(one for one in wider if one is not None)
            return Any_(known) if len(known) == len(wider) else None
        case Not(of):
            sure = _narrowest(of)
            return None if sure is None else Not(sure)
        case HasCart():
            return _RECENT_CART
        case _:
            return condition if _is_readable(condition) else None


def _narrowest(condition: Condition) -> Condition | None:
    """A readable condition that holds only where this one does; None where nobody is sure to be."""
    match condition:
        case All(of):
            surest = [_narrowest(one) for one in of]
            known = tuple(one for one in surest if one is not None)
            return All(known) if len(known) == len(surest) else None
        case Any_(of):
            known = tuple(sure for one in of if (sure := _narrowest(one)) is not None)
            return Any_(known) if known else None
        case Not(of):
            wide = _widest(of)
            return None if wide is None else Not(wide)
        case _:
            return condition if _is_readable(condition) else None
