"""Each shop's rules as the present version has them, compiled once and kept."""

from threading import Lock

from cartback.domain.event import ShopId
from cartback.domain.rules import Rules, Settings, decode_rules
from cartback.domain.ruleset import Ruleset, compile_rules
from cartback.engine.ports import Reading


class Rulebook:
    """Rules by shop; a look at the version tells whether they are still the present ones."""

    def __init__(self) -> None:
        self._known: dict[ShopId, Ruleset] = {}
        self._lock = Lock()

    def of(self, reading: Reading, shop: ShopId) -> Ruleset:
        """The shop's rules as this transaction sees them."""
        version = reading.rules_version(shop)
        known = self._known.get(shop)
        if known is not None and known.version == version:
            return known
        ruleset = compile_rules(present_rules(reading, shop))
        with self._lock:
            self._known[shop] = ruleset
        return ruleset


def present_rules(reading: Reading, shop: ShopId) -> Rules:
    """The shop's rules document; a shop without one has the default settings and no segments."""
    version = reading.rules_version(shop)
    row = reading.rules(shop, version) if version else None
    if row is None:
        return Rules(version, Settings())
    return decode_rules(row.document)
