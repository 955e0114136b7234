"""What the doctor looks at of the catalog: whether its feed is well."""

from collections.abc import Iterator

from cartback.cli.finding import Finding
from cartback.domain.instant import text_of
from cartback.engine.feeding import Fed, Feed, feed_of
from cartback.engine.ports import Reading
from cartback.engine.shop_ports import ShopRow


def catalog_findings(reading: Reading, shop: ShopRow) -> Iterator[Finding]:
    """How the shop's feed has fared; nothing where it has none."""
    found = feed_of(reading, shop.id)
    if found is not None:
        yield Finding("catalog feed", not found[1].failure, feed_sentence(*found))


def feed_sentence(feed: Feed, fed: Fed) -> str:
    """Where it is, how often it is asked, and how it has fared."""
    asked = f"{feed.url} is asked every {feed.every}"
    if not fed.asked:
        return f"{asked}; it was not asked yet"
    well = f"last well {text_of(fed.well)}" if fed.well else "never well yet"
    counts = ", ".join(f"{number:,} {name}" for name, number in fed.taken.items() if number)
    said = f"{asked}; {well}" + (f" ({counts})" if counts else "")
    return f"{said}; {fed.failure}" if fed.failure else said
