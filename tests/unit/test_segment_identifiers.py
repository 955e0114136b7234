"""Raw names of people become identifiers, and what names nobody does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.sources.identifiers import email_of, id_of, phone_of


@pytest.mark.parametrize(
    "raw, normal",
    [
        ("u1", "u1"),
        ("  u1\n", "u1"),
        (507, "507"),
        (507.0, "507"),
        ("Guest7", "Guest7"),
        ("가나다", "가나다"),
        ("x" * 255, "x" * 255),
    ],
    ids=repr,
)
def test_an_id_is_trimmed_text(raw: object, normal: str) -> None:
    assert id_of(raw) == normal


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "  ",
        "null",
        "NULL",
        "undefined",
        "[object Object]",
        "0",
        "-1",
        0,
        -1,
        "none",
        "None",
        "anonymous",
        "Guest",
        "nan",
        "00000000-0000-0000-0000-000000000000",
        "true",
        "(not set)",
        None,
        True,
        False,
        1.5,
        1e300,
        10**30,
        [],
        {},
        ["u1"],
        "x" * 256,
        "a\x00b",
        "a\nb",
    ],
    ids=repr,
)
def test_what_names_nobody_is_no_id(raw: object) -> None:
    assert id_of(raw) is None


@pytest.mark.parametrize(
    "raw, normal",
    [
        ("Ada@Example.COM", "ada@example.com"),
        (" ada+news@mail.example.co.uk ", "ada+news@mail.example.co.uk"),
        ("ADA.B@example.com", "ada.b@example.com"),
        ("Ame\u0301lie@example.fr", "am\u00e9lie@example.fr"),
        ("사용자@예시.한국", "사용자@예시.한국"),
        ("o'neil@example.com", "o'neil@example.com"),
    ],
)
def test_an_email_is_compared_in_lower_case(raw: str, normal: str) -> None:
    assert email_of(raw) == normal


@pytest.mark.parametrize(
    "raw",
    [
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@localhost",
        "a b@example.com",
        "a@b@c.com",
        "ada@-example.com",
        "ada@example..com",
        "a..b@example.com",
        ".a@example.com",
        "",
        None,
        5,
        "a." + "@example.com",
        "x" * 65 + "@example.com",
        "ada@" + "x" * 250 + ".com",
        "a\x00@b.co",
        "ada@127.0.0.1",
        "<ada@example.com>",
        "Ada <ada@example.com>",
        ["ada@example.com"],
    ],
    ids=repr,
)
def test_what_is_no_address_is_no_email(raw: object) -> None:
    assert email_of(raw) is None


@given(st.text(max_size=40), st.text("abcÀİßΣ가-.", max_size=20))
def test_a_normal_email_stays_as_it_is(local: str, domain: str) -> None:
    address = email_of(f"{local}@{domain}.com")
    assert address is None or email_of(address) == address


@pytest.mark.parametrize(
    "raw, region, normal",
    [
        ("+82 10-1234-5678", "", "+821012345678"),
        ("010-1234-5678", "KR", "+821012345678"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("0044 20 7946 0958", "GB", "+442079460958"),
        (1012345678, "KR", "+821012345678"),
    ],
)
def test_a_phone_becomes_e164(raw: object, region: str, normal: str) -> None:
    assert phone_of(raw, region) == normal


@pytest.mark.parametrize(
    "raw, region",
    [
        ("010-1234-5678", ""),
        ("+1 000 000 0000", ""),
        ("12", "KR"),
        ("call me", "US"),
        ("", "US"),
        ("+82 10-1234-5678 ext. 5", ""),
        ("1" * 10000, "US"),
        (None, "US"),
        ("123", "XX"),
    ],
    ids=repr,
)
def test_what_is_no_phone_of_anybody_is_none(raw: object, region: str) -> None:
    assert phone_of(raw, region) is None
