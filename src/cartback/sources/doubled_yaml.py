"""YAML in which no field stands twice in the same object: PyYAML would take the last of them."""

import yaml

from cartback.domain.doubled import DoubledField, refuse_doubled


class Undoubled(yaml.SafeLoader):
    """A safe loader that refuses a field that stands twice, with its line and path."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None:
            _check(node)
        return node


class DoubledInYaml(DoubledField):
    """`line` is where the field stands again, from 1."""

    line = 0


def _check(document: yaml.Node) -> None:
    waiting = [(document, "$")]
    seen = set[int]()
    for node, path in waiting:  # which grows meanwhile
        if id(node) in seen:  # an alias, where the loader follows them
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            _check_fields(node, path)
            waiting += [(one, f"{path}.{name.value}") for name, one in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(one, f"{path}[{at}]") for at, one in enumerate(node.value)]


def _check_fields(node: yaml.MappingNode, path: str) -> None:
    before: dict[tuple[str, str], yaml.Node] = {}
    for name, value in node.value:
        if not isinstance(name, yaml.ScalarNode):
            continue  # no name at all; whoever makes the object says so
        key = (name.tag, name.value)
        if key in before:
            lists = all(isinstance(one, yaml.SequenceNode) for one in (before[key], value))
            error = DoubledInYaml(*refuse_doubled(name.value, path, of_lists=lists))
            error.line = name.start_mark.line + 1
            raise error
        before[key] = value
