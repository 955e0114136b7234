"""SQLite finds rows by a key, whatever it is asked: nothing is slow only because there is much."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from cartback.store import (
    answers,
    catalog,
    companions,
    copies,
    coupons,
    flows,
    growth,
    interests,
    lists,
    log,
    mark,
    members,
    merges,
    messages,
    open_store,
    ordered_carts,
    products,
    profiles,
    recoveries,
    runs,
    suppressions,
    tallies,
    visits,
)
from cartback.store.sql import Bulk, Statement

SMALL = {"shops", "keys", "tallies", "flows", "templates", "archived_templates", "anon_1"} | {
    "product_changes"  # a queue, of which the first row is read
}
"""Tables that may be read whole."""

WHOLE_SHOP = {
    "rules_version",
    "segments",
    "merges",
    "conflicts",
    "quarantined",
    "growth.forget",
    "members.memberships",
    "log.last",
    "lists",
    "coupons",
    "coupons.coupons",
    "flows.at_work",
    "flows.archived",
    "messages.count",
    "products.count",
    "products.unseen",
}
"""What is asked of all that a shop has, or of its last row."""

GROUPED = {"tallies.of_all", "growth.count", "growth.turnover"} | {
    "flows.at_work",
    "messages.count",
    "runs.count",
    "visits.due",
}
"""What is counted by groups."""


def statements() -> Iterator[tuple[str, Statement | Bulk]]:
    for module in (
        answers,
        catalog,
        companions,
        copies,
        coupons,
        flows,
        growth,
        interests,
        lists,
        log,
        mark,
        members,
        merges,
        messages,
        ordered_carts,
        products,
        profiles,
        recoveries,
        runs,
        suppressions,
        tallies,
        visits,
    ):
        for name, value in vars(module).items():
            several = value.values() if isinstance(value, dict) else value
            for one in several if isinstance(value, list | dict) else [value]:
                if isinstance(one, Statement | Bulk):
                    yield _name(module, name), one


def _name(module: ModuleType, name: str) -> str:
    return f"{module.__name__.rpartition('.')[2]}.{name.strip('_').lower()}"


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    file: Path = tmp_path_factory.mktemp("plans") / "store.db"
    open_store(str(file)).close()
    connection = sqlite3.connect(file)
    yield connection
    connection.close()


def plan(connection: sqlite3.Connection, text: str) -> list[str]:
    names = re.findall(r":(\w+)", text)
    values = dict.fromkeys(names, "[]") if names else [None] * text.count("?")
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]


@pytest.mark.parametrize("name, statement", list(statements()))
def test_rows_are_found_by_a_key(
    connection: sqlite3.Connection, name: str, statement: Statement | Bulk
) -> None:
    for step in plan(connection, statement.sqlite):
        kind, _, table = step.partition(" ")
        if kind == "SCAN":
            assert table.split()[0] in SMALL | {"json_each", "given", "c", "chain"}
        if kind == "SEARCH" and step.endswith("(shop=?)"):
            asked = {name, name.rpartition(".")[2]}
            assert asked & WHOLE_SHOP or table.split()[0] in SMALL
        if name not in GROUPED:
            assert "TEMP B-TREE" not in step
