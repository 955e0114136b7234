"""The mapping document: how the columns of a CSV file become events (docs/replay.md)."""

from typing import Any, Final, Literal

import msgspec
import yaml

from cartback.domain.document import refused
from cartback.domain.doubled import DoubledField
from cartback.domain.event import RESERVED
from cartback.domain.instant import zone_of
from cartback.sources.doubled_yaml import Undoubled


class BadMapping(ValueError):
    """A mapping that cannot be used; the message says where and why."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Closed to misspelt fields."""


class TimeColumn(_Part, frozen=True):
    """`format` is iso, seconds, milliseconds (since 1970), or a strptime form as %d/%m/%Y %H:%M.

    A time without an offset is of the zone; where clocks go back, the earlier one is meant.
    """

    column: str
    format: str = "iso"
    zone: str = "UTC"

    def __post_init__(self) -> None:
        zone_of(self.zone)
        if self.format not in ("iso", "seconds", "milliseconds") and "%" not in self.format:
            raise ValueError(
                f"{self.format!r} is no format; write iso, seconds, milliseconds"
                " or one such as %Y-%m-%d %H:%M:%S"
            )


class IdentifierColumn(_Part, frozen=True):
    """Who it was. `prefix` keeps two systems apart that count their visitors alike.

    `region` (ISO 3166-1 alpha-2) is where phone numbers without a country code are from.
    """

    column: str
    kind: Literal["anonymous_id", "external_id", "email", "phone"]
    prefix: str = ""
    region: str = ""


class MetricChoice(_Part, frozen=True):
    """One metric for all rows (`fixed`), or chosen by a column's value; null skips the row.

    `otherwise`, for values that the table lacks: skip the row, drop it (it is counted and shown),
    or keep the value itself as the metric.
    """

    fixed: str | None = None
    column: str | None = None
    table: dict[str, str | None] = {}
    otherwise: Literal["skip", "drop", "keep"] = "drop"

    def __post_init__(self) -> None:
        if (self.fixed is None) == (self.column is None):
            raise ValueError("a metric is either `fixed` or chosen by a `column`")
        if self.fixed is not None and self.table:
            raise ValueError("a `fixed` metric needs no table")
        for metric in (self.fixed, *self.table.values()):
            if metric is not None and not 1 <= len(metric) <= 255:
                raise ValueError("a metric's name has 1 to 255 characters")
            if metric in RESERVED:
                raise ValueError(f"{metric} is Cartback's own; choose another name")


class PropertyColumn(_Part, frozen=True):
    """A property or trait: from a column, or the same `value` in every row.

    An amount is kept in minor units: `unit: minor` takes it so, `unit: major` reads 12.50 as 1250
    or, with `currency: KRW`, 1250 as 1250. `metrics` limits the property to some metrics.
    """

    name: str
    column: str | None = None
    type: Literal["text", "int", "number", "boolean", "amount"] = "text"
    unit: Literal["minor", "major"] = "major"
    currency: str | None = None
    value: str | int | float | bool | None = None
    metrics: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.column is None) == (self.value is None):
            raise ValueError(f"property {self.name!r} has either a `column` or a `value`")
        if not 1 <= len(self.name) <= 255:
            raise ValueError("a property's name has 1 to 255 characters")
        if self.currency is not None and not (len(self.currency) == 3 and self.currency.isupper()):
            raise ValueError(f"{self.currency!r} is no currency; write GBP, KRW …")


class IdColumns(_Part, frozen=True):
    """The columns that, joined, no two rows have alike. A row in which all of them are empty is as
    if there were none."""

    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError("`columns` needs at least one column")


class Mapping(_Part, frozen=True):
    """How one CSV file is read. Without `id` a row's id is made of the file, its number and text.

    Cells with one of the values in `empty` are as if they were not there.
    """

    time: TimeColumn
    identifiers: tuple[IdentifierColumn, ...]
    metric: MetricChoice
    properties: tuple[PropertyColumn, ...] = ()
    traits: tuple[PropertyColumn, ...] = ()
    id: IdColumns | None = None
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    empty: tuple[str, ...] = ("",)
    backfill: bool = False

    def __post_init__(self) -> None:
        if not self.identifiers:
            raise ValueError("`identifiers` needs at least one column")
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n':
            raise ValueError("`delimiter` is one character")
        _check_encoding(self.encoding)

    def columns(self) -> set[str]:
        """All columns that the file must have."""
        named = {self.time.column, *(one.column for one in self.identifiers)}
        named |= {one.column for one in (*self.properties, *self.traits) if one.column is not None}
        if self.metric.column is not None:
            named.add(self.metric.column)
        return named | set(self.id.columns if self.id else ())


_LINE: Final = 'a,"b"\n'


def _check_encoding(encoding: str) -> None:
    try:
        plain = _LINE.encode(encoding) == _LINE.encode("ascii")
    except (LookupError, UnicodeError):
        plain = False
    if not plain:
        raise ValueError(
            f"{encoding!r} is no encoding that can be read line by line; write utf-8, cp1252,"
            " cp949 …, or convert the file to utf-8"
        )


def parse_mapping(text: str) -> Mapping:
    """Read a mapping from YAML or JSON. Raises BadMapping with the path of what is wrong."""
    try:
        document: Any = yaml.load(text, Undoubled)  # noqa: S506  a safe loader
    except DoubledField as error:
        raise BadMapping(str(error)) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise BadMapping(f"this is no YAML: {error}") from None
    try:
        return msgspec.convert(document, Mapping)
    except msgspec.ValidationError as error:
        raise BadMapping(refused(error, document, root=Mapping).sentence) from None
    except ValueError as error:
        raise BadMapping(str(error)) from None
