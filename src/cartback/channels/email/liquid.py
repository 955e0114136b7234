"""Liquid with walls: what a marketer writes can neither run long, grow large, nor reach outside.

python-liquid's own limits bound loops and output, but not time and not what a filter makes. So
nodes and filters look at the clock, and each filter at the size of what goes in and comes out.
`render` and `include` are not there, nor `safe`: values are always escaped.
"""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from time import thread_time
from typing import Any, ClassVar, Final

from liquid import BoundTemplate, Environment, RenderContext
from liquid.exceptions import FilterError, LiquidError

from cartback.channels.email.filters import Dialect, filters_of
from cartback.channels.email.mistakes import BadLiquid, explained

LONGEST_SOURCE: Final = 400_000
LONGEST_VALUE: Final = 50_000
MOST_ITEMS: Final = 1_000
LARGEST_BITS: Final = 256
SECONDS: Final = 0.25
NODES: Final = 16
_RAW: Final = re.compile(r"\{%-?\s{0,9}raw\b")
_RAW_END: Final = re.compile(r"\{%-?\s{0,9}endraw\b")
GONE_TAGS: Final = ("render", "include")
GONE_FILTERS: Final = ("safe", "escapejs")
MULTIPLYING: Final = frozenset({"replace", "join"})
"""Filters whose result can be far larger than all that goes in: asked before, not after."""

TAKING_LISTS: Final = frozenset({"concat", "default"})
"""Filters after whose colon a list may stand; others would write it out for each item."""


class TooSlow(LiquidError):
    """It ran longer than it may."""


class TooLarge(LiquidError):
    """A value grew larger than it may."""


class Walled(Environment):
    """An environment for one language, zone and currency. Cheap to ask again: see `environment`."""

    block_nesting_limit: ClassVar[int] = 30
    context_depth_limit: ClassVar[int] = 30
    loop_iteration_limit: ClassVar[int | None] = 10_000
    local_namespace_limit: ClassVar[int | None] = 500_000
    output_stream_limit: ClassVar[int | None] = 500_000

    def __init__(
        self,
        dialect: Dialect,
        *,
        escaping: bool = True,
        clock: Callable[[], float] = thread_time,
        seconds: float = SECONDS,
    ) -> None:
        """`escaping` for HTML; without it for subjects and plain text. `clock` counts seconds.

        By default those that this thread really worked: a busy machine makes nothing too slow.
        """
        self.clock = clock
        self.seconds = seconds
        super().__init__(autoescape=escaping)
        for name in GONE_TAGS:
            del self.tags[name]
        for name in GONE_FILTERS:
            del self.filters[name]
        self.filters.update(filters_of(dialect))
        if not escaping:
            self.filters["newline_to_br"] = str
        for name, function in list(self.filters.items()):
            self.filters[name] = _walled(name, function)


class _Context(RenderContext):
    """Looks at the clock at every sixteenth node, for a look costs as much as a node."""

    __slots__ = ("deadline", "nodes")

    def __init__(self, template: BoundTemplate, **options: Any) -> None:  # noqa: ANN401 - its own
        assert isinstance(template.env, Walled)  # noqa: S101 - only ours makes these
        self.nodes = 0
        self.deadline = template.env.clock() + template.env.seconds
        super().__init__(template, **options)

    @property
    def disabled_tags(self) -> list[str]:
        """Read by every node before it renders: the one place that sees them all."""
        self.nodes += 1
        if self.nodes % NODES == 0:
            self.look()
        return []

    @disabled_tags.setter
    def disabled_tags(self, names: list[str]) -> None:
        """None are: those that are not wanted are gone."""

    def look(self) -> None:
        """Raises TooSlow past the deadline."""
        env = self.env
        if isinstance(env, Walled) and env.clock() > self.deadline:
            raise TooSlow("too slow", token=None)


class _Template(BoundTemplate):
    context_class = _Context


Walled.template_class = _Template


def parse(environment: Walled, source: str) -> BoundTemplate:
    """A template ready to render. Raises BadLiquid with a sentence."""
    if len(source) > LONGEST_SOURCE:
        raise BadLiquid("too_long", most=f"{LONGEST_SOURCE:,}")
    _refuse_unclosed(source)
    try:
        template = environment.from_string(source)
        used = template.analyze(include_partials=False)
    except LiquidError as error:
        raise explained(error, environment) from None
    except RecursionError:
        raise BadLiquid("too_deep") from None
    for name, spans in used.filters.items():
        if name not in environment.filters:
            raise BadLiquid.unknown_filter(name, environment, source, spans[0].index)
    return template


def _refuse_unclosed(source: str) -> None:
    """Raises BadLiquid where a keyword or `raw` is never closed: the lexer takes minutes then."""
    raws = [one.end() for one in _RAW.finditer(source)]
    if raws and not _RAW_END.search(source, raws[-1]):
        line = source.count("\n", 0, raws[-1]) + 1
        raise BadLiquid("unclosed", line=line, tag="raw", end="endraw")
    at = 0
    while (opened := source.find("{{", at)) >= 0:
        closed = source.find("}}", opened + 2)
        if closed < 0 or source.find("{{", opened + 1, closed) >= 0:
            raise BadLiquid("brackets", line=source.count("\n", 0, opened) + 1)
        at = closed + 2


def render(template: BoundTemplate, values: Mapping[str, object]) -> str:
    """One person's text. A value that is missing is empty. Raises BadLiquid."""
    environment = template.env
    try:
        return template.render(**values)
    except LiquidError as error:
        raise explained(error, environment) from None
    except RecursionError:
        raise BadLiquid("too_deep") from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A filter met a value that it was not made for: the template's matter, not the engine's.
        raise BadLiquid("bad_value", detail=str(error)[:200]) from None


def _walled(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter between walls; what it asks for (context, environment) it still gets."""
    wants_context = getattr(function, "with_context", False)

    @wraps(function)
    def filtered(value: object, *given: object, context: _Context, **named: Any) -> object:  # noqa: ANN401
        context.look()
        for one in (value, *given):
            _measure(one)
        if name not in TAKING_LISTS and any(isinstance(one, list | dict) for one in given):
            raise FilterError(f"{name} takes no list here", token=None)
        if name in MULTIPLYING:
            _foresee(name, value, given)
        if wants_context:
            named["context"] = context
        try:
            result: object = function(value, *given, **named)
        except TypeError as error:
            raise FilterError(f"{name}: {error}", token=None) from error
        _measure(result)
        return result

    filtered.with_context = True  # type: ignore[attr-defined]
    return filtered


def _measure(value: object) -> None:
    """Raises TooLarge."""
    if isinstance(value, str):
        if len(value) > LONGEST_VALUE:
            raise TooLarge("too large", token=None)
    elif isinstance(value, int):
        if value.bit_length() > LARGEST_BITS:
            raise TooLarge("too large", token=None)
    elif isinstance(value, list | tuple | range):
        if len(value) > MOST_ITEMS:
            raise TooLarge("too large", token=None)
        if sum(len(one) for one in value if isinstance(one, str)) > LONGEST_VALUE:
            raise TooLarge("too large", token=None)


def _foresee(name: str, value: object, given: tuple[object, ...]) -> None:
    """How large the result will be, before it is made. Raises TooLarge."""
    if name == "join":
        count = len(value) if isinstance(value, list | tuple) else 1
        size = count * len(str(given[0]) if given else " ")
    else:
        text, old = str(value), str(given[0]) if given else ""
        new = str(given[1]) if len(given) > 1 else ""
        size = len(text) + text.count(old) * max(0, len(new) - len(old))
    if size > LONGEST_VALUE:
        raise TooLarge("too large", token=None)
