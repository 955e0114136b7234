"""Documents as people keep them in Git: YAML whose order and layout never change by themselves."""

from typing import Any, Final

import click
import yaml

from cartback.cli.output import say_json
from cartback.domain.event import Json

WIDTH: Final = 100
LONGEST_FLOW: Final = 70


def say_document(document: Json, *, as_json: bool) -> None:
    """Print a definition as its commands read it."""
    if as_json:
        say_json(document)
    else:
        click.echo(as_yaml(document), nl=False)


def as_yaml(document: Json) -> str:
    """The document in the order of its fields; small objects on a line of their own."""
    return yaml.dump(
        document,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=WIDTH,
        default_flow_style=False,
    )


class _Dumper(yaml.SafeDumper):
    """Lists are indented, and an object of plain values below the first level is one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401  as PyYAML has it
        return True

    def represent_mapping(
        self,
        tag: str,
        mapping: Any,  # noqa: ANN401  likewise
        flow_style: bool | None = None,
    ) -> yaml.MappingNode:
        node = super().represent_mapping(tag, mapping, flow_style)
        plain = all(isinstance(value, yaml.ScalarNode) for _, value in node.value)
        length = sum(len(name.value) + len(value.value) + 4 for name, value in node.value if plain)
        node.flow_style = plain and length <= LONGEST_FLOW
        return node

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """Line breaks that are no newline are escaped; plain, they would be read as spaces."""
        style = '"' if any(one in data for one in "\r\x85\u2028\u2029") else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)

    def serialize_node(self, node: Any, parent: Any, index: Any) -> None:  # noqa: ANN401  likewise
        if parent is None and isinstance(node, yaml.MappingNode):
            node.flow_style = False
        super().serialize_node(node, parent, index)


_Dumper.add_representer(str, _Dumper.represent_str)
