"""The short form in which event ids are recorded."""

import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cartback.store.events import key_of

ids = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80
) | st.uuids().map(str)


@given(one=ids, other=ids)
@example(one="x" * 40, other="x" * 41)
@example(one="x" * 41, other="x" * 40 + "y")
@example(one=str(uuid.UUID(int=5)), other=str(uuid.UUID(int=5)).upper())
def test_different_ids_have_different_keys(one: str, other: str) -> None:
    assert (key_of(one) == key_of(other)) == (one == other)


@given(id_=ids)
def test_a_key_is_short(id_: str) -> None:
    assert len(key_of(id_)) <= 41


def test_a_uuid_takes_seventeen_bytes() -> None:
    assert len(key_of("01890a5d-ac96-774b-bcce-b302099a8057")) == 17


@given(st.lists(st.uuids().map(str), min_size=2))
def test_uuids_keep_their_order(uuids: list[str]) -> None:
    assert sorted(uuids, key=key_of) == sorted(uuids)


@given(times=st.lists(st.integers(10**12, 10**13 - 1), min_size=2, unique=True), tail=st.uuids())
def test_ids_that_begin_with_their_time_keep_its_order(times: list[int], tail: uuid.UUID) -> None:
    stamped = [f"ajs-next-{time}-{tail}" for time in sorted(times)]
    assert sorted(stamped, key=key_of) == stamped


def test_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        key_of("a\0")
