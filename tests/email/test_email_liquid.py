"""What a marketer writes is read or answered; it never runs long and never grows large."""

from __future__ import annotations

import pytest

from cartback.channels.email.filters import Dialect
from cartback.channels.email.liquid import Walled, parse, render
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.template import compile_template, render_template
from cartback.domain.mishap import MISHAPS
from cartback.domain.template import parse_template
from tests.email.parts import AT, EUROPE, KOREA

GROWING = "{% assign a = 'aaaaaaaaaa' %}"
DOUBLED = "{% assign a = a | append: a %}"


def rendered(
    source: str, dialect: Dialect = EUROPE, escaping: bool = True, **values: object
) -> str:
    environment = Walled(dialect, escaping=escaping)
    return render(parse(environment, source), values)


def mistake(source: str, **values: object) -> BadLiquid:
    with pytest.raises(BadLiquid) as found:
        render(parse(Walled(EUROPE), source), values)
    return found.value


@pytest.mark.parametrize(
    "source, sentence",
    [
        ("Hello\n{% if a %}", "`{% if %}` is never closed; write `{% endif %}` where it ends."),
        ("{% endfor %}", "`{% endfor %}` closes something that was never opened."),
        ("a\n\n{% unles x %}{% endunles %}", "Line 3: There is no tag `{% unles %}`."),
        ("a\n{{ a | upcas }}", "Line 2: There is no filter `upcas`. Did you mean `upcase`?"),
        ("{{ a ", "A keyword is opened and never closed: write `{{ profile.first_name }}`."),
        ("{{ a b }}", "Line 1: This cannot be read:"),
        ("{% render 'x' %}", "There is no tag `{% render %}`."),
        ("{% include '/etc/passwd' %}", "There is no tag `{% include %}`."),
        ("{{ a | safe }}", "There is no filter `safe`."),
        ("{{ profile.__class__.__mro__ | upcas }}", "There is no filter `upcas`"),
        ("{{ 1 | divided_by: 0 }}", "can't divide by 0"),
        ("{{ 'x' | truncate: 'y' }}", "cannot be read"),
        ("{% if x %}" * 50 + "{% endif %}" * 50, "nested too deep"),
        ("{{ a" + "[a" * 5_000 + "]" * 5_000 + " }}", "cannot be read"),
        ("{{ a | date: '" + "%Y" * 90 + "' }}", "at most 100 characters"),
        ("x" * 400_001, "longer than 400,000 characters"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(source: str, sentence: str) -> None:
    assert sentence in str(mistake(source, a=AT))


@pytest.mark.parametrize(
    "source, word",
    [
        ("{% for i in (1..99999999) %}{% endfor %}", "too_many"),
        (
            "{% for i in (1..200) %}{% for j in (1..200) %}{{ i }}{% endfor %}{% endfor %}",
            "too_many",
        ),
        (GROWING + DOUBLED * 40, "too_large"),
        (GROWING + "{% assign a = a | replace: 'a', 'aaaaaaaaaaaaaaaa' %}" * 8, "too_large"),
        (GROWING + DOUBLED * 12 + "{{ a | replace: '', a }}", "too_large"),
        (GROWING + DOUBLED * 9 + "{% assign b = a | split: '' %}", "too_large"),
        ("{% assign n = 99999 %}" + "{% assign n = n | times: n %}" * 40, "too_large"),
        (GROWING + DOUBLED * 12 + "{% for i in (1..99) %}{{ a }}{% endfor %}", "too_large"),
        (
            GROWING
            + DOUBLED * 12
            + "".join(f"{{% assign b{i} = a | append: '{i}' %}}" for i in range(99)),
            "too_large",
        ),
    ],
)
def test_endless_loops_and_giant_strings_end_at_once(source: str, word: str) -> None:
    assert mistake(source).word == word


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..9000) %}{% assign x = i %}{% endfor %}",
        "{% for i in (1..9000) %}{{ i }}{% endfor %}",
        "{% for i in (1..9000) %}{{ 'a,b' | split: ',' | join: '-' }}{% endfor %}",
        "{% for i in (1..9000) %}{% if i == 3 %}x{% endif %}{% endfor %}",
        "{% for i in (1..9000) %}{% capture c %}x{% endcapture %}{% endfor %}",
    ],
)
def test_no_template_does_more_work_than_it_may(source: str) -> None:
    environment = Walled(EUROPE, most_work=8_000)
    with pytest.raises(BadLiquid) as found:
        render(parse(environment, source), {})
    assert found.value.word == "too_slow"


def test_the_work_is_that_of_one_rendering_not_of_a_template() -> None:
    template = parse(Walled(EUROPE, most_work=10), "{{ a | upcase }}")
    for _ in range(5):
        assert render(template, {"a": "b"}) == "B"


def test_a_filter_works_as_much_as_it_is_given() -> None:
    template = parse(Walled(EUROPE, most_work=100), "{{ a | upcase }}")
    assert render(template, {"a": "b" * 1_000}) == "B" * 1_000
    with pytest.raises(BadLiquid, match="too long to put together"):
        render(template, {"a": "b" * 30_000})


def test_values_cannot_reach_behind_themselves() -> None:
    class Thing:
        secret = "s3cret"

    assert rendered("{{ a.secret }}{{ a.__class__ }}{{ b.keys }}", a=Thing(), b={"x": 1}) == ""


def test_values_are_escaped_in_html_and_not_in_text() -> None:
    assert rendered("{{ a }}", a="<b>&") == "&lt;b&gt;&amp;"
    assert rendered("{{ a }}", escaping=False, a="<b>&") == "<b>&"


@pytest.mark.parametrize(
    "source, english, korean",
    [
        ("{{ 1999 | money }}", "€19.99", "₩1,999"),
        ("{{ 1999 | money: 'KRW' }}", "₩1,999", "₩1,999"),
        ("{{ 1999 | money: 'kwd' }}", "KWD1.999", "KWD1.999"),
        ("{{ -500 | money: 'USD' }}", "-$5.00", "-US$5.00"),
        ("{{ nil | money }}", "", ""),
        ("{{ 'x' | money }}", "", ""),
        ("{{ true | money }}", "", ""),
        ("{{ at | date_time }}", "26 Oct 2026, 08:33", "10월 26일 16:33"),
        ("{{ at | day }}", "October 26, 2026", "2026년 10월 26일"),
        ("{{ at | date: '%Y-%m-%d' }}", "2026-10-26", "2026-10-26"),
        ("{{ '2026-03-01' | day }}", "March 1, 2026", "2026년 3월 1일"),
        ("{{ 'someday' | day }}", "", ""),
        ("{{ nil | day }}", "", ""),
        ("{{ 99999999999999999999 | day }}", "January 1, 3000", "3000년 1월 1일"),
        ("{{ 4.4 | stars }}", "★★★★☆", "★★★★☆"),
        ("{{ '<p>a<script>b</script></p>c' | strip_html }}", "ac", "ac"),
    ],
)
def test_money_and_dates_are_written_as_the_shop_writes(
    source: str, english: str, korean: str
) -> None:
    assert rendered(source, EUROPE, at=AT) == english
    assert rendered(source, KOREA, at=AT) == korean


def test_a_shop_of_an_unknown_zone_is_told_in_utc() -> None:
    assert rendered("{{ 0 | date: '%H:%M' }}", Dialect(zone="Mars/Base")) == "00:00"


def test_every_sentence_is_there_in_both_languages() -> None:
    for word in (kind[7:] for kind in MISHAPS if kind.startswith("liquid_")):
        parts = dict.fromkeys(("tag", "end", "name", "said", "most"), "x")
        one = BadLiquid(word, line=2, near="y", **parts)
        assert one.sentence("en").startswith("Line 2: ")
        assert one.sentence("ko").startswith("2번째 줄: ")
        assert one.sentence("en").endswith("Did you mean `y`?")
        assert one.sentence("ko").endswith("혹시 `y` 인가요?")


def test_a_mistake_in_a_template_names_the_block() -> None:
    document = {
        "subject": "x",
        "blocks": [{"kind": "divider"}, {"kind": "text", "text": "{% if %}"}, {"kind": "footer"}],
    }
    with pytest.raises(BadLiquid) as found:
        compile_template(parse_template(document), EUROPE)
    assert found.value.path == "blocks[1].text"


def test_a_subject_is_one_line_whatever_is_in_it() -> None:
    document = {
        "subject": "Hi {{ profile.first_name }}",
        "sender_name": "{{ shop.name }}",
        "blocks": [{"kind": "footer"}],
    }
    values = {
        "profile": {"first_name": "A\r\nBcc: eve@x.example"},
        "shop": {"name": "B\u2028C\x00"},
    }
    mail = render_template(compile_template(parse_template(document), EUROPE), values)
    assert mail.subject == "Hi A Bcc: eve@x.example"
    assert mail.sender_name == "B C"


LARGE: dict[str, object] = {
    "letters": "a" * 50_000,
    "comments": "<!--" * 12_500,
    "opened": "<" * 50_000,
    "scripts": "<script" * 7_000,
    "ampersands": "&" * 50_000,
    "words": "a " * 25_000,
    "lines": "\r\n" * 25_000,
    "digits": "9" * 50_000,
    "objects": [{"x": str(number), "y": [number]} for number in range(1_000)],
    "texts": ["a" * 50] * 1_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_every_filter_ends_on_the_largest_values_with_a_text_or_a_sentence(name: str) -> None:
    environment = Walled(EUROPE)
    for one in environment.filters:
        for given in ("", ": 1", ": 'a'", ": 'a', 'b'", ": v", ": 'x', v"):
            try:
                result = render(
                    parse(environment, f"{{{{ v | {one}{given} }}}}"), {"v": LARGE[name]}
                )
            except BadLiquid as mistake:
                result = mistake.sentence("ko")
            assert isinstance(result, str)


@pytest.mark.parametrize(
    "html, words",
    [
        ("a<b>c</b>d", "acd"),
        ("a &amp; b", "a & b"),
        ("a<!-- x > y -->b", "ab"),
        ("a<SCRIPT type=x>y</Script >b<style>p{}</style>c", "abc"),
        ("a < b <3", "a < b <3"),
        ("İ<B>i</B>", "İi"),
        ("a<script>never closed", "a"),
        ("", ""),
    ],
)
def test_tags_are_stripped_and_words_stay(html: str, words: str) -> None:
    assert rendered("{{ v | strip_html }}", escaping=False, v=html) == words


def test_a_giant_value_is_a_sentence_and_no_mail() -> None:
    document = {"subject": "x", "blocks": [{"kind": "product"}, {"kind": "footer"}]}
    template = compile_template(parse_template(document), EUROPE)
    with pytest.raises(BadLiquid) as found:
        render_template(template, {"cart": {"lines": [{"name": "x" * 1_000_000}]}})
    assert found.value.word == "too_large"
