"""How far something is counted: a number among the notes, held by one transaction at a time."""

from typing import Final

from sqlalchemy import bindparam as param

from cartback.store import schema
from cartback.store.session import Session, first
from cartback.store.sql import Insert, Statement

_n: Final = schema.notes.c

MARK: Final = Statement(schema.notes.select().where(_n.key == param("key")))
BEGIN: Final = Insert(schema.notes, unless_there=True)
HOLD: Final = Statement(schema.notes.select().where(_n.key == param("key")).with_for_update())
SET: Final = Statement(
    schema.notes.update().values(value=param("mark")).where(_n.key == param("of"))
)


def mark_of(session: Session, note: str) -> int:
    """The number up to which is counted; 0 where nothing was yet."""
    found = first(session, MARK, {"key": note})
    return 0 if found is None else int(found[1])


def hold_mark(session: Session, note: str) -> int:
    """The same, and nobody else holds it until the transaction ends."""
    session.many(BEGIN, [(note, b"0")])
    [(_, mark)] = session.rows(HOLD, {"key": note})
    return int(mark)


def set_mark(session: Session, note: str, mark: int) -> None:
    """Count from there on; whoever does holds it."""
    session.run(SET, {"of": note, "mark": b"%d" % mark})
