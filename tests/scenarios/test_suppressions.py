"""The suppression list goes in and out as CSV, and the first reason stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartback.domain.law.terms import Bar
from cartback.engine.suppression_list import (
    BadAddress,
    LeftOut,
    RowFault,
    export_suppressions,
    import_suppressions,
    suppression,
)
from tests.scenarios.command_line import Shell
from tests.scenarios.engine_shop import EngineShop

LIST = [
    "address,reason,source\n",
    "Ada@Example.com,bounced,smtp\n",
    "bob@example.com\n",
    "ada@example.com,complained\n",
    "nobody\n",
    "\n",
    '"x y@example.com",,\n',
    "cyd@example.com,made up,\n",
    "dan@example.com, Complained ,\n",
]


def listed(shop: EngineShop) -> list[tuple[str, str, str]]:
    with shop.store.reading() as reading:
        return list(export_suppressions(reading, shop.id))


def test_a_list_is_taken_and_given_back(shop: EngineShop) -> None:
    found = import_suppressions(shop.store, shop.id, LIST, shop.now)
    assert (found.new, found.there) == (3, 1), "ada is there twice"
    assert found.faults == {RowFault.NO_ADDRESS: 2, RowFault.UNKNOWN_REASON: 1}
    assert found.left_out == [
        LeftOut(5, RowFault.NO_ADDRESS, "nobody"),
        LeftOut(7, RowFault.NO_ADDRESS, "x y@example.com"),
        LeftOut(8, RowFault.UNKNOWN_REASON, "made up"),
    ]
    again = import_suppressions(shop.store, shop.id, LIST, shop.now)
    assert (again.new, again.there) == (0, 4)
    assert listed(shop) == [
        ("ada@example.com", "bounced", "smtp"),
        ("bob@example.com", "by_hand", "import"),
        ("dan@example.com", "complained", ""),
    ]


def test_a_long_list_is_taken_whole(shop: EngineShop) -> None:
    lines = [f"shopper{number:04}@example.com,unsubscribed\n" for number in range(1_201)]
    bad = [f"shopper{number},dead\n" for number in range(150)]
    huge = ['"' + "x" * 200_000 + '"\n']
    found = import_suppressions(shop.store, shop.id, [*lines, *bad, *huge], shop.now)
    assert found[:3] == (1_201, 0, {RowFault.UNKNOWN_REASON: 150, RowFault.NO_ADDRESS: 1})
    assert len(found.left_out) == 100, "the first hundred are named"
    assert len(listed(shop)) == 1_201


@pytest.mark.parametrize("address", ["", "@", "a@", "@a", "a b@c", "x" * 300, "a\n@b"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        suppression("email", address, Bar.BY_HAND, 0)


def test_the_command_line_speaks_of_it(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.says("shop", "create", "Jumpers")
    file = tmp_path / "list.csv"
    file.write_text("".join(LIST), encoding="utf-8")
    done = shell.run("suppressions", "import", str(file))
    assert "3 new addresses, 1 known already." in done.stdout
    reasons = "bounced, complained, unsubscribed, by_hand"
    assert f"Line 8: “made up” is no reason; the reasons are {reasons}." in done.stderr
    assert "Rows left out: 2 without an address, 1 with an unknown reason." in done.stderr
    assert "already" in shell.says("suppressions", "add", "BOB@example.com")
    said = shell.says("suppressions", "export")
    assert said.splitlines()[:2] == ["address,reason,source", "ada@example.com,bounced,smtp"]
    assert "again" in shell.says("suppressions", "remove", "bob@example.com")
    refused = shell.run("suppressions", "remove", "bob@example.com", exit_code=1)
    assert "not on the list" in refused.stderr
    shell.run("suppressions", "add", "nobody", exit_code=1)


def test_the_command_line_takes_a_catalog(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.says("shop", "create", "Jumpers")
    file = tmp_path / "products.csv"
    file.write_text("id,name,price\na,A,20\nb,,1\n")
    assert "1 new" in shell.says("catalog", "import", str(file))
    assert '"A"' in shell.says("catalog", "show", "a")
    file.write_text("id,name,price\na,A,15\n")
    assert "price fell" in shell.says("catalog", "import", str(file), "--whole")
    reviews = tmp_path / "reviews.csv"
    reviews.write_text("product,author,rating,date\na,Ada,5,2026-03-01\n")
    assert "1 reviews" in shell.says("catalog", "reviews", str(reviews))
    for place, said in (
        ("http://127.0.0.1/feed.csv", "no public address"),
        ("none.csv", "no file"),
    ):
        assert said in shell.run("catalog", "import", place, exit_code=1).stderr
    file.write_text("colour\nred\n")
    assert "needs a column" in shell.run("catalog", "import", str(file), exit_code=1).stderr
    shell.run("catalog", "show", "none", exit_code=1)
