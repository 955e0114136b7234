"""How a shop calls its segments and lists, and in which currency it counts, for sentences."""

from cartback.domain.event import ShopId
from cartback.domain.phrase import Names
from cartback.engine.documents import remembered
from cartback.engine.ports import Reading
from cartback.engine.rulebook import present_rules


def names_of(reading: Reading, shop: ShopId) -> Names:
    """Names by key, of segments at work and of lists that were given one."""
    rules = present_rules(reading, shop)
    segments = {one.key: one.name for one in rules.segments}
    lists = remembered(reading, shop).lists
    return Names(segments=segments, lists=lists, currency=rules.settings.currency)
