"""Whose identifiers are whose, with what one transaction learns of it on the way."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from cartback.domain.event import Identifier, IdentifierKind, ProfileId, ShopId
from cartback.engine.ports import Transaction


class Owners:
    """The owners of the identifiers that were asked about; new ties are written at the end."""

    def __init__(self, tx: Transaction, shop: ShopId) -> None:
        self._tx: Final = tx
        self._shop: Final = shop
        self._known: dict[Identifier, ProfileId] = {}
        self._links: dict[Identifier, ProfileId] = {}
        self._named: dict[ProfileId, str] = {}

    @property
    def known(self) -> Mapping[Identifier, ProfileId]:
        """Those that are known by now."""
        return self._known

    def ask(self, identifiers: Collection[Identifier]) -> None:
        """Look them up, all at once."""
        self._known |= self._tx.profiles_by(self._shop, identifiers)

    def link(self, identifiers: Iterable[Identifier], owner: ProfileId) -> None:
        """They are this profile's from now on."""
        for one in identifiers:
            self._known[one] = self._links[one] = owner
            if one.kind == IdentifierKind.EXTERNAL:
                self._named.setdefault(owner, one.value)

    def external_id(self, profile: ProfileId) -> str | None:
        """The external id that a profile was given in this transaction."""
        return self._named.get(profile)

    def all_of(self, profile: ProfileId) -> tuple[Identifier, ...]:
        """Every identifier of a profile: those of before and the new ones."""
        stored = self._tx.identifiers_of(self._shop, profile)
        linked = [one for one, owner in self._links.items() if owner == profile]
        return tuple(dict.fromkeys((*stored, *linked)))

    def hand_over(
        self, identifiers: Sequence[Identifier], loser: ProfileId, winner: ProfileId
    ) -> None:
        """What was the loser's is the winner's."""
        for name in identifiers:
            self._known[name] = winner
            if name in self._links:
                self._links[name] = winner
        stored = [name for name in identifiers if name not in self._links]
        self._tx.relink(self._shop, stored, winner)
        if loser in self._named:
            self._named.setdefault(winner, self._named.pop(loser))

    def write(self) -> None:
        """Write the new ties."""
        if self._links:
            self._tx.link(self._shop, self._links)
            self._links = {}
