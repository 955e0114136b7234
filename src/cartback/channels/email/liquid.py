"""Liquid with walls: what a marketer writes can neither run long, grow large, nor reach outside.

python-liquid's own limits bound loops and output, but not work and not what a filter makes. So
every node and filter is counted as work, by the size of what goes in and comes out. Counted, not
timed: a template that renders once renders always, however busy the machine is. `render` and
`include` are not there, nor `safe`: values are always escaped.
"""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ClassVar, Final

from liquid import BoundTemplate, Environment, RenderContext
from liquid.exceptions import FilterError, LiquidError

from cartback.channels.email.filters import Dialect, filters_of
from cartback.channels.email.mistakes import BadLiquid, explained

LONGEST_SOURCE: Final = 400_000
LONGEST_VALUE: Final = 50_000
MOST_ITEMS: Final = 1_000
LARGEST_BITS: Final = 256
MOST_WORK: Final = 120_000
"""A node is 1, some microseconds; a mail with three products is about 2,000."""

FILTER_WORK: Final = 4
WORTH: Final = 500
"""Characters that a filter handles for one more unit of work."""

ITEM: Final = 50
"""An item of a list is as much work as so many characters."""

HARD: Final = {"strip_html": 100, "strip_newlines": 4, "squish": 4}
"""Filters that do so many times the usual work for a character."""

SQUARED: Final = frozenset({"uniq"})
"""Filters that compare each item with each."""

_RAW: Final = re.compile(r"\{%-?\s{0,9}raw\b")
_RAW_END: Final = re.compile(r"\{%-?\s{0,9}endraw\b")
GONE_TAGS: Final = ("render", "include")
GONE_FILTERS: Final = ("safe", "escapejs")
MULTIPLYING: Final = frozenset({"replace", "join"})
"""Filters whose result can be far larger than all that goes in: asked before, not after."""

TAKING_LISTS: Final = frozenset({"concat", "default"})
"""Filters after whose colon a list may stand; others would write it out for each item."""


class TooSlow(LiquidError):
    """It does more work than it may."""


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
        most_work: int = MOST_WORK,
    ) -> None:
        """`escaping` for HTML; without it for subjects and plain text.

        No rendering does more than `most_work`; see MOST_WORK for what counts.
        """
        self.most_work = most_work
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
    """Counts the work of one rendering."""

    __slots__ = ("left",)

    def __init__(self, template: BoundTemplate, **options: Any) -> None:  # noqa: ANN401 - its own
        assert isinstance(template.env, Walled)  # noqa: S101 - only ours makes these
        self.left = template.env.most_work
        super().__init__(template, **options)

    @property
    def disabled_tags(self) -> list[str]:
        """Read by every node before it renders: the one place that sees them all."""
        self.works(1)
        return []

    @disabled_tags.setter
    def disabled_tags(self, names: list[str]) -> None:
        """None are: those that are not wanted are gone."""

    def works(self, units: int) -> None:
        """Raises TooSlow when there is no more left."""
        self.left -= units
        if self.left < 0:
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
        raise BadLiquid("bad_value", said=str(error)[:200]) from None


def _walled(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter between walls; what it asks for (context, environment) it still gets."""
    wants_context = getattr(function, "with_context", False)

    @wraps(function)
    def filtered(value: object, *given: object, context: _Context, **named: Any) -> object:  # noqa: ANN401
        size = sum(_measure(one) for one in (value, *given)) * HARD.get(name, 1)
        context.works(FILTER_WORK + size // WORTH)
        if name not in TAKING_LISTS and any(isinstance(one, list | dict) for one in given):
            raise FilterError(f"{name} takes no list here", token=None)
        if name in MULTIPLYING:
            _foresee(name, value, given)
        if name in SQUARED and isinstance(value, list | tuple):
            context.works(len(value) ** 2 // ITEM)
        if wants_context:
            named["context"] = context
        try:
            result: object = function(value, *given, **named)
        except TypeError as error:
            raise FilterError(f"{name}: {error}", token=None) from error
        context.works(_measure(result) // WORTH)
        return result

    filtered.with_context = True  # type: ignore[attr-defined]
    return filtered


def _measure(value: object) -> int:
    """How much a filter has to do with it, in characters. Raises TooLarge."""
    size = 0
    if isinstance(value, str):
        size = len(value)
    elif isinstance(value, int):
        if value.bit_length() > LARGEST_BITS:
            raise TooLarge("too large", token=None)
    elif isinstance(value, list | tuple | range):
        if len(value) > MOST_ITEMS:
            raise TooLarge("too large", token=None)
        texts = sum(len(one) for one in value if isinstance(one, str))
        if texts > LONGEST_VALUE:
            raise TooLarge("too large", token=None)
        return texts + ITEM * len(value)
    if size > LONGEST_VALUE:
        raise TooLarge("too large", token=None)
    return size


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
