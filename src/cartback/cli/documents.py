"""Reading a document that a person wrote: a file or standard input, YAML or JSON."""

import contextlib
import re
import sys
from pathlib import Path
from typing import Final

import msgspec
import yaml

from cartback.cli.errors import Refusal
from cartback.domain.doubled import DoubledField, decode_json
from cartback.domain.event import Json
from cartback.sources.doubled_yaml import DoubledInYaml, Undoubled

LARGEST: Final = 4 * 1024 * 1024


def read_document(name: str, what: str = "a segment is an object with `name` and `when`") -> Json:
    """The document in the file, or on standard input where the name is `-`. Raises Refusal."""
    shown = "standard input" if name == "-" else name
    try:
        document = _document(_text(name))
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where is not None else ""
        problem = getattr(error, "problem", None) or "it is neither YAML nor JSON"
        raise Refusal(f"{shown}{line}: {problem}") from None
    except DoubledField as error:
        line = f", line {error.line}" if isinstance(error, DoubledInYaml) else ""
        raise Refusal(f"{shown}{line}: {error}") from None
    except RecursionError:
        raise Refusal(f"{shown}: nested far too deep") from None
    except ValueError as error:
        raise Refusal(f"{shown}: {error}") from None
    if not isinstance(document, dict):
        raise Refusal(f"{shown}: {what}")
    return document


def _document(text: str) -> Json:
    """JSON as JSON: a YAML reader takes an escaped emoji for two halves of characters."""
    if text.lstrip().startswith("{"):
        with contextlib.suppress(msgspec.DecodeError):
            return decode_json(text)
    document: Json = yaml.load(text, _Plain)  # noqa: S506  a safe loader, see below
    return document


def _text(name: str) -> str:
    if name == "-":
        raw = sys.stdin.buffer.read(LARGEST + 1)
    else:
        with Path(name).open("rb") as file:
            raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise ValueError(f"a document has at most {LARGEST:,} bytes")
    return raw.decode("utf-8-sig")


_NOT_JSON: Final = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}


class _Plain(Undoubled):
    """YAML as JSON has it: dates stay text, and so does `NO`, which is Norway and not a refusal; no
    alias makes a document grow."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise ValueError("aliases (*name) are not read here; write it out")
        return super().compose_node(parent, index)


_Plain.yaml_implicit_resolvers = {
    letter: [(tag, form) for tag, form in resolvers if tag not in _NOT_JSON]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Plain.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF")
)
