"""Secrets at rest: opened by the keys of the configuration, for what they were sealed for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.engine.sealing import Seal, Unsealable

OLD, NEW = "o" * 32, "n" * 40
PURPOSE = "shop 7: smtp password"


@given(st.text(), st.text().filter(lambda text: "\0" not in text))
def test_what_is_sealed_is_opened(secret: str, purpose: str) -> None:
    try:
        secret.encode(), purpose.encode()
    except UnicodeEncodeError:
        return
    seal = Seal([NEW])
    sealed = seal.seal(secret, purpose)
    assert seal.open(sealed, purpose) == secret
    assert secret == "" or secret.encode() not in sealed or len(secret) < 4


def test_a_new_key_comes_before_the_old_one() -> None:
    sealed = Seal([OLD]).seal("hunter2", PURPOSE)
    both = Seal([NEW, OLD])
    assert both.open(sealed, PURPOSE) == "hunter2"
    renewed = both.renew(sealed)
    assert Seal([NEW]).open(renewed, PURPOSE) == "hunter2"
    with pytest.raises(Unsealable, match="enter it again"):
        Seal([NEW]).open(sealed, PURPOSE)
    with pytest.raises(Unsealable):
        Seal([NEW]).renew(sealed)


def test_it_opens_for_nothing_else() -> None:
    seal = Seal([NEW])
    sealed = seal.seal("hunter2", PURPOSE)
    with pytest.raises(Unsealable, match="something else"):
        seal.open(sealed, "shop 8: smtp password")
    with pytest.raises(Unsealable):
        seal.open(sealed[:-2] + b"==", PURPOSE)
    with pytest.raises(Unsealable):
        seal.open(b"nonsense", PURPOSE)


@pytest.mark.parametrize("keys", [[], ["short"], [NEW, "short"]])
def test_a_key_that_can_be_guessed_is_refused(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="at least 32 characters"):
        Seal(keys)
