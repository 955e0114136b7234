"""Korean particles agree with the sound in which a word ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.domain.phrase.josa import Particle, josa, particle_after


@pytest.mark.parametrize(
    "word, topic, subject, target, together, toward",
    [
        ("주문", "은", "이", "을", "과", "으로"),
        ("결제", "는", "가", "를", "와", "로"),
        ("서울", "은", "이", "을", "과", "로"),  # after ㄹ it is 로, not 으로
        ("장바구니에서 빼기", "는", "가", "를", "와", "로"),
        ("30일", "은", "이", "을", "과", "로"),
        ("5,000원", "은", "이", "을", "과", "으로"),
    ],
)
def test_a_korean_word_takes_the_form_of_its_last_syllable(
    word: str, topic: str, subject: str, target: str, together: str, toward: str
) -> None:
    assert particle_after(word, "은/는") == topic
    assert particle_after(word, "이/가") == subject
    assert particle_after(word, "을/를") == target
    assert particle_after(word, "과/와") == together
    assert particle_after(word, "으로/로") == toward


@pytest.mark.parametrize(
    "number, subject, toward",
    [
        ("0", "이", "으로"),
        ("1", "이", "로"),
        ("2", "가", "로"),
        ("3", "이", "으로"),
        ("4", "가", "로"),
        ("5", "가", "로"),
        ("6", "이", "으로"),
        ("7", "이", "로"),
        ("8", "이", "로"),
        ("9", "가", "로"),
        ("12,000", "이", "으로"),
        ("1.5", "가", "로"),
        ("25%", "가", "로"),
    ],
)
def test_a_number_is_read_in_sino_korean(number: str, subject: str, toward: str) -> None:
    assert josa(number, "이/가") == number + subject
    assert josa(number, "으로/로") == number + toward


@pytest.mark.parametrize(
    "word, subject",
    [
        ("SMS", "가"),
        ("URL", "이"),
        ("VIP", "가"),
        ("vip", "가"),
        ("KR", "이"),
        ("HTML", "이"),
        ("WELCOME", "이"),
        ("SUMMER", "가"),
        ("email", "이"),
        ("coupon", "이"),
        ("item", "이"),
        ("Trial Ending", "이"),
        ("click", "이"),
        ("shop", "이"),
        ("Signed Up", "이"),
        ("book", "이"),
        ("market", "이"),
        ("cart", "가"),
        ("peak", "가"),
        ("name", "이"),
        ("phone", "이"),
        ("apple", "이"),
        ("Acme", "가"),
        ("me", "가"),
        ("value", "가"),
        ("price", "가"),
        ("Watched Video", "가"),
        ("Trial Started", "가"),
        ("상품 A", "가"),
        ("user_id2", "가"),
    ],
)
def test_a_latin_word_is_heard_as_korean_borrows_it(word: str, subject: str) -> None:
    assert josa(word, "이/가") == word + subject


@pytest.mark.parametrize("word", ["“쿠폰”", "쿠폰)", "쿠폰.", "“coupon”", "쿠폰 "])
def test_quotes_and_punctuation_are_silent(word: str) -> None:
    assert particle_after(word, "을/를") == "을"


@pytest.mark.parametrize("word", ["東京", "", "“”", "🛒", "Ω"])
def test_both_forms_stand_where_the_sound_is_unknown(word: str) -> None:
    assert josa(word, "이/가") == word + "이(가)"
    assert josa(word, "으로/로") == word + "(으)로"


@given(st.text(), st.sampled_from(["은/는", "이/가", "을/를", "과/와", "으로/로"]))
def test_any_text_takes_a_particle(word: str, particle: Particle) -> None:
    closed, opened = particle.split("/")
    found = josa(word, particle)
    assert found.startswith(word)
    assert found[len(word) :] in {closed, opened, f"{closed}({opened})", "(으)로"}
