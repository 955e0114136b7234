"""The panel beside the tree: the fields of the part that was chosen, with their words."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from cartback.domain.phrase import Language
from cartback.domain.step import MOST_BRANCHES, STEPS
from cartback.web.console.draft import Node as Rows
from cartback.web.console.draft import read_node
from cartback.web.console.property_tests import Asked
from cartback.web.console.sketch import words
from cartback.web.console.sketch.document import OWN, asked_of
from cartback.web.console.sketch.edited import Editing
from cartback.web.console.sketch.forms import Field, form_of
from cartback.web.console.sketch.node import FLOW, TRIGGER, Node, node_of, steps_at
from cartback.web.console.words import Words

ROWS: Final = ("condition", "tests")


class Input(NamedTuple):
    """A field with what was typed: `texts` by the rest of the name behind the field's own."""

    name: str
    sort: str
    label: str
    hint: str
    is_needed: bool
    choices: Mapping[str, str]
    texts: Mapping[str, str]
    rows: Rows | None
    document: str
    metric: str = ""

    @property
    def text(self) -> str:
        return self.texts.get("", "")


class Branch(NamedTuple):
    """The fields of one way on."""

    number: int
    inputs: Sequence[Input]


class Panel(NamedTuple):
    """What is shown: a part (`part`), or the choice of a new step for a place (`place`)."""

    key: str
    part: str = ""
    place: str = ""
    kind: str = ""
    told: words.KindWords | None = None
    inputs: Sequence[Input] = ()
    branches: Sequence[Branch] = ()
    may_branch: bool = False
    others: bool = False
    choices: Mapping[str, Sequence[tuple[str, words.KindWords]]] = {}
    triggers: Sequence[tuple[str, words.KindWords]] = ()


def of(now: Editing, language: Language, began: Asked) -> Panel | None:
    """The panel of what was chosen; None where nothing is."""
    if now.chosen.startswith("insert:"):
        return _choice(now, language)
    node = node_of(now.sketch, now.chosen)
    if node is None:
        return None
    say = Words(language).gettext
    form = form_of(node)
    several = len(node.ways) - len(form.fixed)
    metric = asked_of(node, began).metric
    return Panel(
        node.key,
        part="trigger" if node.key == TRIGGER else "flow" if node.key == FLOW else "step",
        kind=node.kind,
        told=_words(node, language),
        inputs=[_input(one, node.fields, OWN, node.kind, say, metric) for one in form.fields],
        branches=[
            Branch(
                number,
                [
                    _input(one, node.ways[number].fields, f"w{number}.", node.kind, say, metric)
                    for one in form.of_branch
                ],
            )
            for number in range(several)
        ],
        may_branch=bool(form.branches) and several < MOST_BRANCHES,
        others=bool(form.branches and form.fixed),
        triggers=words.known_triggers(language) if node.key == TRIGGER else (),
    )


def _words(node: Node, language: Language) -> words.KindWords:
    say = Words(language).gettext
    if node.key == FLOW:
        return words.KindWords("", "people", say("For whom, and how often"), "")
    kinds = words.triggers(language) if node.key == TRIGGER else words.steps(language)
    return words.kind_words(kinds, node.kind)


def _choice(now: Editing, language: Language) -> Panel | None:
    """The kinds of steps by their groups, for a place that there is."""
    place = now.chosen.removeprefix("insert:")
    home, _, index = place.partition(":")
    if steps_at(now.sketch, home) is None or not index.isdecimal():
        return None
    known = words.steps(language)
    found: dict[str, list[tuple[str, words.KindWords]]] = {one: [] for one in words.GROUPS}
    for kind in STEPS:
        told = words.kind_words(known, kind)
        found[told.group].append((kind, told))
    return Panel(now.chosen, place=place, choices={k: v for k, v in found.items() if v})


def _input(
    field: Field, texts: Mapping[str, str], start: str, kind: str, say: words.Say, metric: str
) -> Input:
    name = field.name
    told = words.field_words(say, kind, name)
    own = {one: text for one, text in texts.items() if one == name or one.startswith(f"{name}.")}
    document = texts.get(f"{name}:json", "")
    rows = None
    if field.sort in ROWS and not document:
        rows = read_node(texts, name)
    return Input(
        start + name,
        "json" if document else field.sort,
        told.label,
        told.hint,
        field.is_needed,
        _choices(field, kind, say),
        {one.removeprefix(name).removeprefix("."): text for one, text in own.items()},
        rows,
        document,
        metric if field.sort == "tests" else "",
    )


def _choices(field: Field, kind: str, say: words.Say) -> Mapping[str, str]:
    if field.sort not in ("choice", "several", "again", "zone"):
        return {}
    known = words.choice_words(say, kind, field.name)
    if not field.choices:
        return known
    given = {"": known.get("", "-")} if field.default is None and field.sort == "choice" else {}
    return given | {one: known.get(one, one.replace("_", " ")) for one in field.choices}
