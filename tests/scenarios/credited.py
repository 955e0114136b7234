"""Who has the credit for what came back, found in the plainest way and compared with the rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from cartback.domain.attribution import Windows
from cartback.domain.event import Metric, ProfileId, ShopId
from cartback.engine.credit_windows import progress_of, windows_of
from cartback.engine.flow_ports import MessageRow
from cartback.engine.flowing import DECIDED
from cartback.engine.log_ports import LoggedEvent
from cartback.engine.ports import Reading
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.recovery_ports import RecoveryRow
from cartback.engine.resting import BECAME
from cartback.engine.standing import HAPPENED
from cartback.engine.visit_ports import PERSON, PIXEL

ALL = 10_000_000
Said = tuple[str, str, int]
"""The message that has the credit, by what, and when it was touched."""


def check_credit(reading: Reading, shop: ShopId, rows: Sequence[ProfileRow]) -> None:
    """Each recovery has a row; each row says what the log, the messages and the visits say."""
    found: dict[int, RecoveryRow] = {one.seq: one for one in reading.recoveries_after(shop, 0, ALL)}
    owners = _owners(reading, shop, rows)
    messages = [
        (owners.get(profile, profile), one)
        for profile in owners
        for one in reading.messages_of(shop, profile, limit=ALL)
    ]
    seen = 0
    windows = windows_of(reading, shop).windows()
    settled = progress_of(reading, shop) is None
    for row in rows:
        history = reading.history(shop, [tail for tail in row.tails if tail])
        mine = [one for one in history if one.event.metric == Metric.CART_RECOVERED]
        seen += len(mine)
        theirs = [one for owner, one in messages if owner == row.id]
        orders: set[str] = set()
        for one in sorted(mine, key=lambda logged: logged.seq):
            written = found[one.seq]
            assert owners[written.profile] == row.id, "a recovery is its person's"
            if settled:
                said = (written.message, written.basis, written.touched)
                assert said == _credit(reading, shop, one, theirs, windows)
            is_first = written.order_event not in orders
            orders.add(written.order_event)
            assert written.revenue == (_left(reading, shop, one) if is_first else 0)
    assert seen == len(found), "each recovery of the log has a row"
    _check_counts(reading, shop, list(found.values()), [one for _, one in messages])


def _owners(
    reading: Reading, shop: ShopId, rows: Sequence[ProfileRow]
) -> Mapping[ProfileId, ProfileId]:
    """Who everybody is by now."""
    became = {one.loser: one.winner for one in reading.merges(shop) if one.undone_at is None}
    found = {row.id: row.id for row in rows}
    for one in became:
        present = one
        while present not in found and present in became:
            present = became[present]
        found[one] = present
    return found


def _credit(
    reading: Reading,
    shop: ShopId,
    recovered: LoggedEvent,
    messages: Sequence[MessageRow],
    windows: Windows,
) -> Said:
    at = recovered.event.time
    touches: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for message in messages:
        for visit in reading.visits_of(shop, message.key):
            if visit.said == PERSON:
                basis = "open" if visit.place == PIXEL else "click"
                touches[basis].append((visit.at, message.key))
    for basis, window in (("click", windows.click), ("open", windows.open)):
        inside = [one for one in touches[basis] if at - window < one[0] <= at]
        if inside:
            touched, key = max(inside)
            return key, basis, touched
    return "", "", 0


def _left(reading: Reading, shop: ShopId, recovered: LoggedEvent) -> int:
    """What is left of an order's value after what was given back of it."""
    said = recovered.event.properties
    worth = max(said["order_value"] if said["order_value"] is not None else said["value"], 0)
    given = 0
    for one in reading.log_after(shop, 0, ALL):
        of = one.event.properties.get("order_id")
        if said["order_id"] and of == said["order_id"]:
            if one.event.metric == Metric.CANCELLED_ORDER:
                given += worth
            elif one.event.metric == Metric.REFUNDED_ORDER:
                back = one.event.properties
                same = back.get("currency") in (None, "", said["currency"])
                given += abs(back["value"]) if same and back.get("value") is not None else worth
    return int(max(worth - given, 0))


def _check_counts(
    reading: Reading, shop: ShopId, rows: Sequence[RecoveryRow], messages: Sequence[MessageRow]
) -> None:
    """What was counted on the way is what the rows say, where nobody was erased since."""
    days = _by_end(reading.tallied(shop, BECAME), "d")
    assert days == _by_end(reading.tallied(shop, BECAME), "h"), "both counts are alike"
    tallied = reading.tallied(shop, DECIDED)
    decided = {name: n for name, n in tallied.items() if "/waits:" not in name}
    outcomes = Counter({name: n for name, n in days.items() if ":" not in name})
    assert Counter({name: n for name, n in days.items() if ":" in name}) == Counter(decided)
    expected: Counter[str] = Counter()
    for one in messages:
        where = f"{one.run.flow}/{one.run.version}/{one.step}"
        counts = {
            "delivered": one.status in ("sent", "complained"),
            "bounced": one.status == "bounced",
            "complained": one.status == "complained",
            "in_doubt": one.status == "in_doubt",
            "failed": one.status == "failed",
            "opened": bool(one.opened),
            "clicked": bool(one.clicked),
            "unsubscribed": bool(one.unsubscribed),
        }
        expected.update({f"{where}/{name}": 1 for name, is_so in counts.items() if is_so})
    home: Counter[str] = Counter()
    for row in rows:
        if row.message:
            where = f"{row.flow}/{row.version}/{row.step}"
            money = {f"{where}/revenue {row.currency}": row.revenue}
            expected.update({f"{where}/recovered": 1} | money)
            credited = f"credited-value {row.currency}"
            home.update({f"credited {row.currency}": 1, credited: row.revenue})
    sent = sum(n for name, n in decided.items() if "/sent:" in name)
    if len(messages) < sent:
        return  # somebody was erased: what was counted of them stays
    assert +outcomes == +expected
    happened = reading.tallied(shop, HAPPENED, skip=9)
    assert {k: n for k, n in happened.items() if k.startswith("credited")} == dict(+home)


def _by_end(tallied: Mapping[str, int], tier: str) -> Mapping[str, int]:
    """Without the time in the names: `flow/version/step/what`."""
    found: Counter[str] = Counter()
    for name, number in tallied.items():
        flow, when, rest = name.split("/", 2)
        if when.startswith(tier):
            found[f"{flow}/{rest}"] += number
    return +found
