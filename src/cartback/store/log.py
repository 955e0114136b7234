"""The log: events in order, the ids that were recorded, and what waits to be applied."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam as param
from sqlalchemy import func, literal_column, select

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import Instant
from cartback.engine.log_ports import LoggedEvent, Quarantined, Seq
from cartback.store import schema, tallies
from cartback.store.events import event_of, key_of, row_of
from cartback.store.part import Part
from cartback.store.session import first
from cartback.store.sql import Among, Delete, Insert, Statement, Update, one

_e: Final = schema.events.c
_q: Final = schema.quarantine.c

_of_shop: Final = literal_column("+events.shop") == param("shop")
"""A condition, and no way to find rows: with the plus, an index by shop is not thought of."""

_COLUMNS: Final = ", ".join(f"e.{c}" for c in _e.keys())  # noqa: SIM118  columns, not a dict

CHAINS: Final = Statement(
    sqlite=f"""
        WITH RECURSIVE chain AS (
            SELECT {_COLUMNS} FROM events e
            WHERE +e.shop = :shop AND e.seq IN (SELECT value FROM json_each(:tails))
            UNION ALL
            SELECT {_COLUMNS} FROM chain c JOIN events e ON e.seq = c.previous AND +e.shop = c.shop
            ORDER BY 1 DESC
        )
        SELECT * FROM chain LIMIT :limit
    """,  # noqa: S608  made of column names
    postgres=f"""
        WITH RECURSIVE chain AS (
            SELECT {_COLUMNS}, 1 AS depth FROM events e
            WHERE +e.shop = %(shop)s AND e.seq = ANY(%(tails)s::bigint[])
            UNION ALL
            SELECT {_COLUMNS}, c.depth + 1
            FROM chain c JOIN events e ON e.seq = c.previous AND +e.shop = c.shop
            WHERE c.depth < %(limit)s
        )
        SELECT {_COLUMNS} FROM chain e ORDER BY e.seq DESC LIMIT %(limit)s
    """,  # noqa: S608  likewise
)
"""Follow chains back from their tails, the latest event first, no further than is asked."""

HISTORIES: Final = Statement(
    sqlite=f"""
        WITH RECURSIVE chain AS (
            SELECT {_COLUMNS}, given.value ->> 0 AS owner
            FROM json_each(:pairs) given JOIN events e ON e.seq = given.value ->> 1
            WHERE +e.shop = :shop AND e.seq > :after
            UNION ALL
            SELECT {_COLUMNS}, c.owner
            FROM chain c JOIN events e ON e.seq = c.previous AND +e.shop = c.shop
            WHERE e.seq > :after
        )
        SELECT * FROM chain
    """,  # noqa: S608  likewise
    postgres=f"""
        WITH RECURSIVE chain AS (
            SELECT {_COLUMNS}, given.owner
            FROM unnest(%(owners)s::bigint[], %(tails)s::bigint[]) AS given(owner, tail)
            JOIN events e ON e.seq = given.tail
            WHERE +e.shop = %(shop)s AND e.seq > %(after)s
            UNION ALL
            SELECT {_COLUMNS}, c.owner
            FROM chain c JOIN events e ON e.seq = c.previous AND +e.shop = c.shop
            WHERE e.seq > %(after)s
        )
        SELECT * FROM chain
    """,  # noqa: S608  likewise
)
"""Follow the chains of many profiles at once; the owner is the last column."""

HAPPENED: Final = Statement(
    sqlite=f"""
        WITH RECURSIVE chain AS (
            SELECT e.seq, e.previous, e.metric, given.value ->> 0 AS owner
            FROM json_each(:pairs) given JOIN events e ON e.seq = given.value ->> 1
            WHERE +e.shop = :shop AND e.received >= :since
            UNION ALL
            SELECT e.seq, e.previous, e.metric, c.owner
            FROM chain c JOIN events e ON e.seq = c.previous
            WHERE +e.shop = :shop AND e.received >= :since
        )
        SELECT {_COLUMNS}, c.owner FROM chain c JOIN events e ON e.seq = c.seq
        WHERE c.metric = :metric
    """,  # noqa: S608  likewise
    postgres=f"""
        WITH RECURSIVE chain AS (
            SELECT e.seq, e.previous, e.metric, given.owner
            FROM unnest(%(owners)s::bigint[], %(tails)s::bigint[]) AS given(owner, tail)
            JOIN events e ON e.seq = given.tail
            WHERE +e.shop = %(shop)s AND e.received >= %(since)s
            UNION ALL
            SELECT e.seq, e.previous, e.metric, c.owner
            FROM chain c JOIN events e ON e.seq = c.previous
            WHERE +e.shop = %(shop)s AND e.received >= %(since)s
        )
        SELECT {_COLUMNS}, c.owner FROM chain c JOIN events e ON e.seq = c.seq
        WHERE c.metric = %(metric)s
    """,  # noqa: S608  likewise
)
"""The same as far back as events arrived since then, and only those of a metric."""

AFTER: Final = Statement(
    select(*_e)
    .where(_e.shop == param("shop"), _e.seq > param("after"), _e.seq <= param("horizon"))
    .order_by(_e.seq)
    .limit(param("limit"))
)
_next: Final = (
    select(_e.seq)
    .where(_e.shop == param("shop"), _e.seq > param("after"), _e.seq <= param("horizon"))
    .order_by(_e.seq)
    .limit(param("limit"))
    .subquery()
)
END: Final = Statement(select(func.max(_next.c.seq)))
"""How far the next so many events reach."""
OF_METRIC: Final = Statement(
    select(*_e)
    .where(
        _e.shop == param("shop"),
        _e.seq > param("after"),
        _e.seq <= param("end"),
        _e.metric == param("metric"),
    )
    .order_by(_e.seq)
)
BEFORE: Final = Statement(
    select(*_e)
    .where(_e.shop == param("shop"), _e.seq < param("before"))
    .order_by(_e.seq.desc())
    .limit(param("limit"))
)
LAST: Final = Statement(
    select(_e.seq).where(_e.shop == param("shop")).order_by(_e.seq.desc()).limit(param("limit"))
)
APPEND: Final = Insert(schema.events)
RECORD: Final = Insert(schema.seen, unless_there=True)
IDS: Final = Statement(select(_e.id).where(_of_shop, Among(_e.seq, "seqs")))
BLANK: Final = Statement(schema.events.delete().where(_of_shop, Among(_e.seq, "seqs")))
RECHAIN: Final = Update(schema.events, ["profile", "previous"], ["seq", "shop"])
FORGET: Final = Delete(schema.seen, "shop", "key")

QUARANTINE: Final = one(schema.quarantine)
QUARANTINED: Final = Statement(
    select(_q.seq, _q.profile, _q.at, _q.error)
    .where(_q.shop == param("shop"))
    .order_by(_q.seq)
    .limit(param("limit"))
)
RELEASE: Final = Statement(
    schema.quarantine.delete().where(_q.shop == param("shop"), _q.seq == param("seq"))
)

NO_LIMIT: Final = 2**62


class LogReads(Part):
    def history(
        self, shop: ShopId, tails: Sequence[Seq], limit: int | None = None
    ) -> Sequence[LoggedEvent]:
        values = {
            "shop": shop,
            "tails": list(tails),
            "limit": NO_LIMIT if limit is None else limit,
        }
        return [event_of(row) for row in self._session.rows(CHAINS, values)]

    def histories(
        self, shop: ShopId, tails: Mapping[ProfileId, Sequence[Seq]], after: Seq = 0
    ) -> dict[ProfileId, Sequence[LoggedEvent]]:
        return self._of_chains(HISTORIES, tails, {"shop": shop, "after": after}, after)

    def happened(
        self, shop: ShopId, tails: Mapping[ProfileId, Sequence[Seq]], metric: str, since: Instant
    ) -> dict[ProfileId, Sequence[LoggedEvent]]:
        values = {"shop": shop, "metric": metric, "since": since}
        return self._of_chains(HAPPENED, tails, values)

    def _of_chains(
        self,
        statement: Statement,
        tails: Mapping[ProfileId, Sequence[Seq]],
        values: dict[str, Any],
        after: Seq = 0,
    ) -> dict[ProfileId, Sequence[LoggedEvent]]:
        """What the statement finds in the chains that end at the tails, the latest event first."""
        pairs = [(owner, tail) for owner, ends in tails.items() for tail in ends if tail > after]
        found: dict[ProfileId, list[LoggedEvent]] = {owner: [] for owner in tails}
        values["pairs"] = pairs
        values["owners"] = [owner for owner, _ in pairs]
        values["tails"] = [tail for _, tail in pairs]
        for *row, owner in self._session.rows(statement, values) if pairs else ():
            found[owner].append(event_of(tuple(row)))
        for events in found.values():
            events.sort(key=_seq, reverse=True)
        return dict(found)

    def log_after(self, shop: ShopId, seq: Seq, limit: int) -> Sequence[LoggedEvent]:
        horizon = self._session.horizon("event_seqs")
        values = {"shop": shop, "after": seq, "horizon": horizon, "limit": limit}
        return [event_of(row) for row in self._session.rows(AFTER, values)]

    def log_of(
        self, shop: ShopId, metric: str, after: Seq, limit: int
    ) -> tuple[Sequence[LoggedEvent], Seq]:
        horizon = self._session.horizon("event_seqs")
        place = {"shop": shop, "after": after}
        [(end,)] = self._session.rows(END, {**place, "horizon": horizon, "limit": limit})
        if end is None:
            return (), after
        rows = self._session.rows(OF_METRIC, {**place, "end": end, "metric": metric})
        return [event_of(row) for row in rows], end

    def log_before(self, shop: ShopId, seq: Seq, limit: int) -> Sequence[LoggedEvent]:
        values = {"shop": shop, "before": seq, "limit": limit}
        return [event_of(row) for row in self._session.rows(BEFORE, values)]

    def last_seq(self, shop: ShopId) -> Seq:
        row = first(self._session, LAST, {"shop": shop, "limit": 1})
        return row[0] if row else 0

    def quarantined(self, shop: ShopId, limit: int = 100) -> Sequence[Quarantined]:
        rows = self._session.rows(QUARANTINED, {"shop": shop, "limit": limit})
        return [Quarantined(*row) for row in rows]


class LogWrites(LogReads):
    def unseen(self, shop: ShopId, ids: Sequence[str]) -> set[str]:
        by_key = {key_of(id_): id_ for id_ in ids}
        recorded = self._session.added(RECORD, [(shop, key) for key in sorted(by_key)])
        return {by_key[key] for _, key in recorded}

    def new_seqs(self, count: int) -> Sequence[Seq]:
        return self._session.numbers("event_seqs", count)

    def append(self, events: Sequence[LoggedEvent]) -> None:
        if not events:
            return
        self._session.many(APPEND, [row_of(event) for event in events])
        written: dict[ShopId, int] = defaultdict(int)
        for event in events:
            written[event.event.shop] += 1
        for shop, count in written.items():
            self._tallies.add(shop, *tallies.EVENTS, count)

    def rechain(self, shop: ShopId, links: Sequence[tuple[Seq, ProfileId, Seq]]) -> None:
        rows = [(profile, previous, seq, shop) for seq, profile, previous in sorted(links)]
        self._session.many(RECHAIN, rows)

    def blank(self, shop: ShopId, seqs: Collection[Seq]) -> None:
        """Whole chains only: what lies behind a deleted event is not found again."""
        values = {"shop": shop, "seqs": list(seqs)}
        keys = sorted({key_of(id_) for (id_,) in self._session.rows(IDS, values)})
        self._session.many(FORGET, [(shop, key) for key in keys])
        self._tallies.add(shop, *tallies.EVENTS, -self._session.run(BLANK, values))

    def quarantine(self, shop: ShopId, event: Quarantined) -> None:
        self._session.run(
            QUARANTINE,
            {
                "seq": event.seq,
                "shop": shop,
                "profile": event.profile,
                "at": event.at,
                "error": event.error,
            },
        )
        self._tallies.add(shop, *tallies.QUARANTINED, 1)

    def release(self, shop: ShopId, seq: Seq) -> None:
        released = self._session.run(RELEASE, {"shop": shop, "seq": seq})
        self._tallies.add(shop, *tallies.QUARANTINED, -released)


def _seq(event: LoggedEvent) -> Seq:
    return event.seq
