"""A mail while it is written: every field has words, a form loses nothing, acts do as they say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartback.channels.email.ready import KEYS, ready
from cartback.domain.template import KINDS, Template, parse_template
from cartback.web.console.draft import Lacking
from cartback.web.console.mail_document import to_look_at, write
from cartback.web.console.mail_draft import Draft, act, draft_of, parts, read_draft
from cartback.web.console.mail_fields import (
    OF_COLUMN,
    OF_LOOK,
    OF_TEMPLATE,
    ORDER,
    fields_of,
    inner_kinds,
)
from cartback.web.console.mail_words import STARTERS, called

COLUMNS: dict[str, Any] = {
    "subject": "Two",
    "blocks": [
        {
            "kind": "columns",
            "columns": [
                {"width": 40, "blocks": [{"kind": "text", "text": "left\n\nbelow"}]},
                {"width": 60, "blocks": [{"kind": "image", "url": "https://shop.example/a.png"}]},
            ],
        },
        {"kind": "product", "source": "fixed", "ids": ["a", "b"], "price": False},
        {"kind": "button", "text": "Go", "url": "{{ links.restore }}", "look": "quiet"},
        {"kind": "mjml", "mjml": "<mj-section></mj-section>"},
        {"kind": "footer"},
    ],
    "look": {"accent": "#112233", "radius": 0},
}


def form_of(draft: Draft) -> dict[str, str]:
    """The fields as a browser sends them: what is not ticked is not sent."""
    form = {**draft.head, "b:size": str(len(draft.blocks)), "b:taken": str(draft.taken)}
    form |= {f"t:{name}": value for name, value in draft.fields.items() if value}
    form |= {f"look:{name}": value for name, value in draft.look.items()}
    for place, part in parts(draft):
        form |= {f"{place}:kind": part.kind, f"{place}:uid": str(part.uid)}
        form |= {f"{place}:{name}": value for name, value in part.fields.items() if value}
        if part.columns:
            form[f"{place}:size"] = str(len(part.columns))
        for index, column in enumerate(part.columns):
            form[f"{place}-{index}:size"] = str(len(column.blocks))
            form[f"{place}-{index}:width"] = column.width
    return form


def mails() -> dict[str, Template]:
    found = {"columns": parse_template(COLUMNS)}
    for key in KEYS:
        found |= {f"{key}-en": ready(key).en, f"{key}-ko": ready(key).ko}
    return found


@pytest.mark.parametrize("template", mails().values(), ids=mails().keys())
def test_editing_loses_nothing(template: Template) -> None:
    draft = read_draft(form_of(draft_of(template, {"name": "x"})))
    written = write(draft)
    assert written.errors == {}
    assert parse_template(written.document) == template


def test_every_field_and_every_choice_has_words() -> None:
    words = called(lambda text: text)
    assert set(ORDER) == set(KINDS) == set(words.kinds)
    every = [(kind, fields_of(KINDS[kind])) for kind in ORDER]
    every += [("template", OF_TEMPLATE), ("look", OF_LOOK), ("column", OF_COLUMN)]
    for kind, fields in every:
        for one in fields:
            assert words.label(kind, one.name)
            assert all(words.choice(kind, one.name, each) for each in one.choices)


def test_a_new_block_of_every_kind_can_be_shown_or_says_what_it_lacks() -> None:
    for kind in ORDER:
        draft = act(draft_of(parse_template(COLUMNS), {}), f"put:b-0:{kind}")
        draft.blocks[0].fields |= STARTERS["en"].get(kind, {})
        errors = write(draft).errors
        assert all(isinstance(one, Lacking) for one in errors.values()), (kind, errors)
        assert bool(errors) == (kind in ("image", "coupon"))


def kinds(draft: Draft) -> list[str]:
    return [one.kind for one in draft.blocks]


def test_blocks_are_put_in_moved_copied_and_removed() -> None:
    draft = draft_of(parse_template(COLUMNS), {})
    before = kinds(draft)
    assert kinds(act(draft, "put:b-1:text"))[:2] == ["columns", "text"]
    assert kinds(act(draft, "up:b-1"))[:2] == ["text", "columns"]
    assert kinds(act(draft, "copy:b-1"))[:3] == ["text", "columns", "columns"]
    assert len({part.uid for _, part in parts(draft)}) == len(list(parts(draft)))
    assert kinds(act(draft, "move:b-0:2"))[:3] == ["columns", "columns", "text"]
    act(draft, "remove:b-2")
    assert kinds(act(draft, "remove:b-0")) == before


def test_columns_hold_what_they_may_and_two_at_least() -> None:
    draft = draft_of(parse_template(COLUMNS), {})
    act(draft, "put:b-0-1-0:text")
    assert [one.kind for one in draft.blocks[0].columns[1].blocks] == ["text", "image"]
    act(draft, "put:b-0-1-0:product")
    assert len(draft.blocks[0].columns[1].blocks) == 2
    assert "product" not in inner_kinds()
    act(draft, "uncolumn:b-0-1")
    assert len(draft.blocks[0].columns) == 2
    act(act(act(draft, "column:b-0"), "column:b-0"), "column:b-0")
    assert len(draft.blocks[0].columns) == 4


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "remove", "copy", "up", "down", "move", "gap", "x", "column"]),
            st.sampled_from(["b-0", "b-9", "b-0-0-0", "b-0-9", "b", "c-1", "b-x", "b--1", ""]),
            st.sampled_from(["text", "columns", "3", "nothing", ""]),
        ),
        max_size=12,
    )
)
def test_no_act_breaks_the_draft(acts: list[tuple[str, str, str]]) -> None:
    draft = draft_of(parse_template(COLUMNS), {})
    for what in acts:
        draft = act(draft, ":".join(what))
    again = read_draft(form_of(draft))
    assert [(place, part.kind) for place, part in parts(again)] == [
        (place, part.kind) for place, part in parts(draft)
    ]
    write(draft)


NAMES = (
    "b:size b-0:kind b-0:uid b-0:size b-0-0:size b-0-0-0:kind t:subject look:radius name".split()
)
ODD = ["", "1", "99999", "-1", "x", "columns", "text", "product", "spacer", "\u0661"]


@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(ODD)))
def test_a_strange_form_is_read(form: dict[str, str]) -> None:
    to_look_at(write(read_draft(form)))


def test_what_is_wrong_stands_at_its_field_and_the_rest_is_shown() -> None:
    draft = draft_of(parse_template(COLUMNS), {})
    draft.look["radius"] = "many"
    draft.blocks[1].fields["most"] = "99"
    draft.blocks[2].fields["url"] = "shop.example"
    draft.fields["subject"] = " "
    written = write(draft)
    assert set(written.errors) == {"look:radius", "b-1:most", "b-2:url"}
    assert written.places == ["b-0", "b-3", "b-4"]
    assert written.place_of("blocks[1].mjml") == "b-3:mjml"
    assert written.place_of("blocks[0].columns[1].blocks[0].url") == "b-0-1-0:url"
    seen = to_look_at(written)
    assert seen is not None
    assert len(seen.blocks) == 3


def test_the_whole_is_judged_when_its_parts_are_right() -> None:
    draft = draft_of(parse_template(COLUMNS), {})
    draft.fields["subject"] = ""
    assert set(write(draft).errors) == {"t:subject"}
    draft.fields["subject"] = "x"
    act(draft, "remove:b-4")
    assert set(write(draft).errors) == {""}
