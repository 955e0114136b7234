"""Who is where in which flow, and what flows did with whom."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam as param
from sqlalchemy import func, or_, select

from cartback.domain.event import ProfileId, ShopId
from cartback.domain.profile import RunId
from cartback.engine.flow_ports import DecisionRow, RunRow
from cartback.store import schema_flows as schema
from cartback.store.part import Part
from cartback.store.sql import Delete, Insert, Row, Statement

_r: Final = schema.runs.c
_d: Final = schema.decisions.c

_RUN: Final = (_r.profile, _r.flow, _r.version, _r.cart, _r.started, _r.step, _r.due, _r.held)
_RUNS: Final = (
    select(*_RUN)
    .where(
        _r.shop == param("shop"),
        _r.flow == param("flow"),
        or_(
            _r.profile > param("profile"),
            (_r.profile == param("profile")) & (_r.cart > param("cart")),
        ),
    )
    .order_by(_r.profile, _r.cart)
    .limit(param("limit"))
)
RUNS: Final = Statement(_RUNS)
RUNS_AT_STEP: Final = Statement(_RUNS.where(_r.step == param("step")))
COUNT: Final = Statement(
    select(_r.version, _r.step, func.count())
    .where(_r.shop == param("shop"), _r.flow == param("flow"))
    .group_by(_r.version, _r.step)
)
PLACE: Final = Insert(
    schema.runs,
    "shop",
    "flow",
    "profile",
    "cart",
    "version",
    "started",
    "step",
    "due",
    "held",
    replacing=["version", "started", "step", "due", "held"],
)
TAKE_OUT: Final = Delete(schema.runs, "shop", "flow", "profile", "cart")
_FLOWS: Final = select(schema.flows.c.key).where(schema.flows.c.shop == param("shop"))
RUNS_OF: Final = Statement(
    schema.runs.delete().where(
        _r.shop == param("shop"), _r.flow.in_(_FLOWS), _r.profile == param("profile")
    )
)

_DECISION: Final = (
    _d.number,
    _d.profile,
    _d.flow,
    _d.version,
    _d.cart,
    _d.started,
    _d.step,
    _d.at,
    _d.what,
    _d.reason,
    _d.until,
    _d.way,
    _d.rule,
)
DECISIONS: Final = Statement(
    select(*_DECISION)
    .where(_d.shop == param("shop"), _d.profile == param("profile"), _d.number < param("before"))
    .order_by(_d.number.desc())
    .limit(param("limit"))
)
DECISIONS_AFTER: Final = Statement(
    select(*_DECISION)
    .where(_d.shop == param("shop"), _d.number > param("after"))
    .order_by(_d.number)
    .limit(param("limit"))
)
DECIDE: Final = Insert(schema.decisions)
DECISIONS_OF: Final = Statement(
    schema.decisions.delete().where(_d.shop == param("shop"), _d.profile == param("profile"))
)


class RunReads(Part):
    def runs_at(
        self,
        shop: ShopId,
        flow: str,
        after: tuple[ProfileId, str] = (0, ""),
        limit: int = 100,
        step: str = "",
    ) -> Sequence[RunRow]:
        profile, cart = after
        values = {
            "shop": shop,
            "flow": flow,
            "profile": profile,
            "cart": cart,
            "limit": limit,
        }
        if step:
            values["step"] = step
        return [
            RunRow(profile, RunId(*run), step, due, held)
            for profile, *run, step, due, held in self._session.rows(
                RUNS_AT_STEP if step else RUNS, values
            )
        ]

    def count_runs(self, shop: ShopId, flow: str) -> Mapping[tuple[int, str], int]:
        rows = self._session.rows(COUNT, {"shop": shop, "flow": flow})
        return {(version, step): count for version, step, count in rows}

    def decisions(
        self, shop: ShopId, profile: ProfileId, before: int = 2**62, limit: int = 100
    ) -> Sequence[tuple[int, DecisionRow]]:
        values = {"shop": shop, "profile": profile, "before": before, "limit": limit}
        return [_decision(row) for row in self._session.rows(DECISIONS, values)]

    def decisions_after(
        self, shop: ShopId, number: int, limit: int = 100
    ) -> Sequence[tuple[int, DecisionRow]]:
        values = {"shop": shop, "after": number, "limit": limit}
        return [_decision(row) for row in self._session.rows(DECISIONS_AFTER, values)]


class RunWrites(RunReads):
    def place_runs(self, shop: ShopId, runs: Sequence[RunRow]) -> None:
        placed, gone = [], []
        for one in sorted(runs, key=lambda one: (one.run.flow, one.profile, one.run.cart)):
            flow, version, cart, started = one.run
            if one.step is None or one.due is None:
                gone.append((shop, flow, one.profile, cart))
            else:
                place = (version, started, one.step, one.due, one.held)
                placed.append((shop, flow, one.profile, cart, *place))
        self._session.many(TAKE_OUT, gone)
        self._session.many(PLACE, placed)

    def add_decisions(self, shop: ShopId, decisions: Sequence[DecisionRow]) -> None:
        if not decisions:
            return
        numbers = self._session.numbers("decision_numbers", len(decisions))
        self._session.many(
            DECIDE,
            [
                (
                    shop,
                    number,
                    one.profile,
                    *one.run,
                    one.step,
                    one.at,
                    one.what,
                    one.reason,
                    one.until,
                    one.way,
                    one.rule,
                )
                for number, one in zip(numbers, decisions, strict=True)
            ],
        )

    def _forget_runs(self, shop: ShopId, profile: ProfileId) -> None:
        self._session.run(RUNS_OF, {"shop": shop, "profile": profile})

    def _forget_decisions(self, shop: ShopId, profile: ProfileId) -> None:
        self._session.run(DECISIONS_OF, {"shop": shop, "profile": profile})


def _decision(row: Row) -> tuple[int, DecisionRow]:
    number, profile, flow, version, cart, started, step, at, what, reason, until, way, rule = row
    run = RunId(flow, version, cart, started)
    return number, DecisionRow(profile, run, step, at, what, reason, until, way, rule)
