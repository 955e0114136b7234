"""How a shop calls its segments and lists, for sentences about conditions."""

from cartback.domain.event import ShopId
from cartback.domain.phrase import Names
from cartback.engine.documents import remembered
from cartback.engine.ports import Reading
from cartback.engine.rulebook import present_rules


def names_of(reading: Reading, shop: ShopId) -> Names:
    """Names by key, of segments at work and of lists that were given one."""
    segments = {one.key: one.name for one in present_rules(reading, shop).segments}
    return Names(segments=segments, lists=remembered(reading, shop).lists)
