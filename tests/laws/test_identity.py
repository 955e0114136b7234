"""Who is who is decided the same way whatever the order in which it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.event import Identifier, IdentifierKind, ProfileId
from cartback.domain.identity import resolve
from tests.strategies import examples

NAMES = [Identifier(str(kind), value) for kind in IdentifierKind for value in ("one", "two")]


class Shop:
    """What a store keeps of identities, as `resolve` is to be used."""

    def __init__(self) -> None:
        self.owners: dict[Identifier, ProfileId] = {}
        self.external: dict[ProfileId, str] = {}
        self.next = 1

    def receive(self, identifiers: Sequence[Identifier]) -> ProfileId:
        found = resolve(identifiers, self.owners, self.external)
        home = found.profile
        if home is None:
            home, self.next = self.next, self.next + 1
        for name in found.linked:
            self.owners[name] = home
            if name.kind == IdentifierKind.EXTERNAL:
                assert home not in self.external, "a second external id"
                self.external[home] = name.value
        for loser in found.merging:
            self.owners = {
                name: home if owner == loser else owner for name, owner in self.owners.items()
            }
            if loser in self.external:
                assert home not in self.external, "two people became one"
                self.external[home] = self.external.pop(loser)
        return home

    def people(self) -> set[frozenset[Identifier]]:
        """Whose names belong together."""
        groups: dict[ProfileId, set[Identifier]] = {}
        for name, owner in self.owners.items():
            groups.setdefault(owner, set()).add(name)
        return {frozenset(group) for group in groups.values()}


def events(of: Sequence[Identifier] = NAMES) -> st.SearchStrategy[list[list[Identifier]]]:
    return st.lists(st.lists(st.sampled_from(of), min_size=1, max_size=4), max_size=8)


@examples(2)
@given(events())
def test_two_external_ids_never_become_one_profile(told: list[list[Identifier]]) -> None:
    shop = Shop()
    for identifiers in told:
        shop.receive(identifiers)
        for group in shop.people():
            assert sum(name.kind == IdentifierKind.EXTERNAL for name in group) <= 1


@examples(2)
@given(events(), st.lists(st.sampled_from(NAMES), min_size=1, max_size=5), st.randoms())
def test_the_order_of_identifiers_in_an_event_decides_nothing(
    told: list[list[Identifier]], last: list[Identifier], random: Random
) -> None:
    shop = Shop()
    for identifiers in told:
        shop.receive(identifiers)
    shuffled = random.sample(last, len(last))
    assert resolve(last, shop.owners, shop.external) == resolve(
        [*shuffled, *shuffled], shop.owners, shop.external
    )


@examples(2)
@given(events([name for name in NAMES if name != Identifier("external_id", "two")]), st.data())
def test_where_nobody_conflicts_the_order_of_events_decides_nothing(
    told: list[list[Identifier]], data: st.DataObject
) -> None:
    """With one external id at most, who belongs together is who was ever named together."""
    one, other = Shop(), Shop()
    for identifiers in told:
        one.receive(identifiers)
    for identifiers in data.draw(st.permutations(told)):
        other.receive(identifiers)
    assert one.people() == other.people()


@examples(5)
@given(events(), st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
def test_a_resolution_says_everything_once(
    told: list[list[Identifier]], last: list[Identifier]
) -> None:
    shop = Shop()
    for identifiers in told:
        shop.receive(identifiers)
    found = resolve(last, shop.owners, shop.external)
    named = {shop.owners[name] for name in last if name in shop.owners}
    together = {found.profile, *found.merging} - {None}
    assert together | set(found.conflicting) == named
    assert not together & set(found.conflicting)
    assert set(found.linked) <= {name for name in last if name not in shop.owners}
    if found.profile is not None and len(together) > 1:
        assert found.profile == min(together, key=lambda one: (one not in shop.external, one or 0))


@examples(2)
@given(events())
def test_hearing_the_same_again_changes_nothing(told: list[list[Identifier]]) -> None:
    shop = Shop()
    for identifiers in told:
        home = shop.receive(identifiers)
        before: Mapping[Identifier, ProfileId] = dict(shop.owners)
        assert shop.receive(identifiers) == home
        assert shop.owners == before
