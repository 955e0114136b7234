"""What is bought together is counted in bounded room, and what is frequent is never lost."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.companion import MOST_LINES, SHOP, About, counted, pairs_of, ranked
from cartback.domain.event import Line

names = st.sampled_from("abcdefgh")


@given(st.lists(names), st.integers(1, 9))
def test_counts_are_bounded_and_err_upwards_only(bought: list[str], places: int) -> None:
    """Space-Saving: no count is too low, and none is too high by more than all over the places."""
    counts = counted({}, bought, places)
    exact = Counter(bought)
    assert len(counts) <= places
    assert sum(counts.values()) == len(bought)
    for name, count in counts.items():
        assert exact[name] <= count <= exact[name] + len(bought) // places
    for name, count in exact.items():
        assert name in counts or count <= len(bought) // places


@given(st.lists(names), st.lists(names))
def test_it_is_counted_alike_in_one_go_and_in_parts(one: list[str], other: list[str]) -> None:
    assert counted(counted({}, one, 4), other, 4) == counted({}, one + other, 4)


@given(st.lists(names, max_size=30), st.dictionaries(names, st.sampled_from(["x", "y"])))
def test_an_order_pairs_each_of_its_products_with_the_others(
    bought: list[str], category: dict[str, str]
) -> None:
    pairs = pairs_of([Line(product_id=one) for one in bought], category)
    distinct = list(dict.fromkeys(bought))[:MOST_LINES]
    assert pairs.get(SHOP, []) == distinct
    for one in distinct:
        others = pairs.get(About("product", one), [])
        assert sorted(others) == sorted(set(distinct) - {one})
        if one in category:
            assert one in pairs[About("category", category[one])]


@given(st.lists(names, unique=True), st.lists(names, unique=True), st.data())
def test_nothing_is_recommended_twice_or_against_the_wish(
    seeds: list[str], without: list[str], data: st.DataObject
) -> None:
    counts = st.dictionaries(names, st.integers(1, 9))
    about = [SHOP, About("category", "x"), *(About("product", one) for one in seeds)]
    known = {one: data.draw(counts) for one in about}
    found = ranked(seeds, ["x"], known, without)
    assert len(set(found)) == len(found)
    assert not set(found) & set(without)
    assert set(found) == {one for each in known.values() for one in each} - set(without)


def test_bought_together_comes_before_the_category_and_that_before_the_shop() -> None:
    known = {
        About("product", "mug"): {"spoon": 2, "plate": 5},
        About("category", "Kitchen"): {"pan": 9, "plate": 7},
        SHOP: {"socks": 99, "pan": 9},
    }
    assert ranked(["mug"], ["Kitchen"], known, {"mug"}) == ["plate", "spoon", "pan", "socks"]
