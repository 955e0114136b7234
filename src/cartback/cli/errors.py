"""What was expected to go wrong, as one sentence on standard error and exit code 1."""

import sqlite3
from typing import IO, Any, Final

import click
from sqlalchemy.exc import DBAPIError

from cartback.config import BadConfig
from cartback.domain.coupon import BadCoupon
from cartback.domain.flow import BadFlow
from cartback.domain.instant import BadTime
from cartback.domain.klaviyo import BadKlaviyo
from cartback.domain.template import BadTemplate
from cartback.engine.coupons import CouponExists, NoSuchCoupon, StaleCoupon
from cartback.engine.documents import StaleFolder
from cartback.engine.flows import CannotBecome, FlowExists, NoSuchFlow, StaleFlow
from cartback.engine.folder import BadFolder
from cartback.engine.growth import BadPeriod
from cartback.engine.keys import BadKey
from cartback.engine.mailing import BadMailing
from cartback.engine.mails import CannotMake
from cartback.engine.people import CannotMerge, NobodyFound
from cartback.engine.ports import Contention
from cartback.engine.scope import BadScope
from cartback.engine.segment_document import BadSegment
from cartback.engine.segments import NoSuchSegment, SegmentExists, StaleSegment
from cartback.engine.shops import BadShop
from cartback.engine.templates import NoSuchTemplate, StaleTemplate, TemplateInUse
from cartback.sources.catalog import UnreadableCatalog
from cartback.sources.file import BadMapping, UnreadableLog
from cartback.store.backup import BackupError
from cartback.store.engine import BadUrl
from cartback.store.migrate import NewerSchema

SPOKEN: Final = (
    BackupError,
    BadConfig,
    BadCoupon,
    BadFlow,
    BadFolder,
    BadKlaviyo,
    BadKey,
    BadMailing,
    BadMapping,
    BadPeriod,
    BadScope,
    BadSegment,
    BadShop,
    BadTemplate,
    BadTime,
    BadUrl,
    CannotBecome,
    CannotMake,
    CannotMerge,
    Contention,
    CouponExists,
    FlowExists,
    NewerSchema,
    NobodyFound,
    NoSuchCoupon,
    NoSuchFlow,
    NoSuchSegment,
    NoSuchTemplate,
    SegmentExists,
    StaleCoupon,
    StaleFlow,
    StaleFolder,
    StaleSegment,
    StaleTemplate,
    TemplateInUse,
    UnreadableCatalog,
    UnreadableLog,
)
"""Errors whose message is a sentence for whoever typed the command."""


class Refusal(click.ClickException):
    """The command cannot do it; the message says why and what to do."""

    def show(self, file: IO[Any] | None = None) -> None:
        for line in self.message.splitlines():
            click.echo(f"cartback: {line}", err=True, file=file)


def refusal(error: BaseException) -> Refusal | None:
    """What to say of an error; None where nobody expected it."""
    match error:
        case _ if isinstance(error, SPOKEN):
            return Refusal(str(error))
        case DBAPIError(orig=cause) if cause is not None:
            return refusal(cause) or Refusal(f"the database refuses: {_first_line(cause)}")
        case sqlite3.Error():
            return Refusal(_of_sqlite(error))
        case ModuleNotFoundError(name="psycopg" | "psycopg_pool"):
            return Refusal("PostgreSQL needs the extra: pip install 'cartback[postgres]'")
        case FileExistsError() | NotADirectoryError():
            return Refusal(f"{error.filename} is not a folder")
        case OSError(strerror=str(reason)):
            place = f"{error.filename}: " if error.filename else ""
            return Refusal(f"{place}{reason}")
    if type(error).__module__.partition(".")[0] in {"psycopg", "psycopg_pool"}:
        return Refusal(f"PostgreSQL: {_first_line(error)}")
    return None


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _of_sqlite(error: sqlite3.Error) -> str:
    match str(error):
        case "unable to open database file":
            return "the database file cannot be opened; see CARTBACK_DATABASE and its folder"
        case "attempt to write a readonly database":
            return "the database file or its folder may not be written to"
        case "database or disk is full":
            return "the disk is full"
        case "file is not a database":
            return "the database file is not a SQLite database; see CARTBACK_DATABASE"
        case "database is locked":
            return "another process keeps the database busy; try again"
        case other:
            return f"SQLite: {other}"
