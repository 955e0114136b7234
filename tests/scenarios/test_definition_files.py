"""Flows, templates and coupons as files: written, compared, applied in one step, and kept apart."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cartback.domain.event import Json
from cartback.domain.instant import DAY
from cartback.engine.coupons import change_coupon, define_coupon
from cartback.engine.documents import Plan, StaleFolder, apply, exported, plan
from cartback.engine.flows import create_flow, set_status
from cartback.engine.folder import BadFolder, read_folder
from cartback.engine.shops import settings_of
from cartback.engine.templates import templates_at_hand
from tests.scenarios.engine_shop import EngineShop, did, segment
from tests.scenarios.test_engine_flows import ADA, SERIES, can_send, leaves_cart, outbox

Files = dict[str, dict[str, Json]]
FLOW = "flows/cart.yaml"
HELP = "templates/help.yaml"
TEN = "coupons/ten.yaml"


def furnished(shop: EngineShop) -> Files:
    """A shop with one of each, and its files."""
    can_send(shop)
    ten = {"gives": {"kind": "percent", "percent": 10}}
    define_coupon(shop.store, shop.id, "Ten", ten, shop.now)
    create_flow(shop.store, shop.id, "cart", SERIES, shop.now)
    set_status(shop.store, shop.id, "cart", "live", shop.now)
    shop.has(segment("buyers", did("Placed Order")))
    return files_of(shop)


def files_of(shop: EngineShop) -> Files:
    with shop.store.reading() as reading:
        return copy.deepcopy(exported(reading, shop.id))


def planned(shop: EngineShop, files: Files, **more: Any) -> Plan:  # noqa: ANN401  as `plan`
    with shop.store.reading() as reading:
        folder = read_folder(files, settings_of(reading, shop.id))
        return plan(reading, shop.id, folder, **more)


def applies(shop: EngineShop, files: Files, **more: Any) -> Plan:  # noqa: ANN401  as `apply`
    with shop.store.reading() as reading:
        folder = read_folder(files, settings_of(reading, shop.id))
    done = apply(shop.store, shop.id, folder, shop.now, **more)
    shop.catches_up()
    return done


def changed(found: Plan) -> list[tuple[str, str, str]]:
    return [(one.what, one.key, one.kind) for one in found.changes if one.changes]


def test_what_is_exported_changes_nothing_and_is_the_same_again(shop: EngineShop) -> None:
    files = furnished(shop)
    assert {FLOW, HELP, TEN, "templates/proof.yaml", "segments/buyers.yaml"} <= set(files)
    assert planned(shop, files).is_empty
    assert applies(shop, files).is_empty
    assert files_of(shop) == files


def test_another_shop_is_made_of_the_same_files(shop: EngineShop) -> None:
    files = furnished(shop)
    with shop.store.transaction() as tx:
        other = EngineShop(shop.store, tx.add_shop("Socks", 1), shop.now)
    done = changed(applies(other, files))
    assert ("flow", "cart", "created") in done
    assert ("coupon", "ten", "created") in done
    with other.store.reading() as reading:
        flow = reading.flow(other.id, "cart")
        assert flow is not None
        assert flow.status == "draft", "a flow from a file is started by hand"
    again = files_of(other)
    assert {name: one for name, one in again.items() if name != "shop.yaml"} == {
        name: one for name, one in files.items() if name != "shop.yaml"
    }


def test_a_live_flow_goes_on_as_its_next_version(shop: EngineShop) -> None:
    files = furnished(shop)
    leaves_cart(shop)
    steps = files[FLOW]["steps"]
    files[FLOW]["steps"] = [steps[0], {"kind": "coupon", "key": "code", "coupon": "ten"}]
    files[HELP]["subject"] = "Another subject"
    assert changed(planned(shop, files)) == [
        ("template", "help", "changed"),
        ("flow", "cart", "changed"),
    ]
    applies(shop, files, commit="abc")
    with shop.store.reading() as reading:
        flow = reading.flow(shop.id, "cart")
        assert flow is not None
        assert (flow.status, flow.version) == ("live", 2)
        [version, _] = reading.flow_versions(shop.id, "cart", 9, 9)
        assert version.by == "documents abc"
    shop.passes(2 * DAY)
    assert [one.step for one in outbox(shop, ADA)] == ["help", "proof"], "who began ends as before"
    assert applies(shop, files).is_empty


def test_all_or_nothing(shop: EngineShop) -> None:
    files = furnished(shop)
    files[HELP]["subject"] = "Another subject"
    files[FLOW]["steps"] = [{"kind": "email", "key": "x", "template": "nowhere"}]
    with pytest.raises(BadFolder, match=r"flows/cart.yaml: step 'x' sends the template 'nowhere'"):
        applies(shop, files)
    with shop.store.reading() as reading:
        [row] = [one for one in templates_at_hand(reading, shop.id) if one.key == "help"]
        assert row.version == 1


def test_a_country_that_is_none_is_told_when_it_is_planned(shop: EngineShop) -> None:
    files = furnished(shop)
    files[FLOW]["who"] = {"kind": "location", "country": ["KOR"]}
    with pytest.raises(BadFolder, match=r"cart\.yaml: 'KOR' is no country.*did you mean 'KR'\?"):
        planned(shop, files)


def test_each_wrong_file_is_named(shop: EngineShop) -> None:
    files = furnished(shop)
    files[FLOW]["trigger"] = {"kind": "cart"}
    files[TEN]["gives"] = {"kind": "percent", "percent": 0}
    files["templates/A b.yaml"] = dict(files[HELP])
    with pytest.raises(BadFolder) as refused:
        planned(shop, files)
    assert [one.partition(":")[0] for one in refused.value.problems] == [
        TEN,
        FLOW,
        "templates/A b.yaml",
    ]


def test_what_somebody_changed_meanwhile_is_not_undone_unasked(shop: EngineShop) -> None:
    files = furnished(shop)
    applies(shop, files)
    five = {"gives": {"kind": "percent", "percent": 5}}
    change_coupon(shop.store, shop.id, "ten", "Ten", five, shop.now)
    files[TEN]["gives"] = {"kind": "percent", "percent": 20}
    with pytest.raises(StaleFolder, match=r"coupons/ten.yaml: it was changed since"):
        applies(shop, files)
    assert changed(applies(shop, files, overwrite=True)) == [("coupon", "ten", "changed")]


def test_what_has_no_file_stays_unless_the_folder_is_all_there_is(shop: EngineShop) -> None:
    files = furnished(shop)
    without = {name: one for name, one in files.items() if name not in (HELP, FLOW, TEN)}
    assert planned(shop, without).is_empty
    assert changed(planned(shop, without, prune=True)) == [("template", "help", "archived")]
    with pytest.raises(BadFolder, match="flows send this template"):
        applies(shop, without, prune=True)
    keeps_none = {name: one for name, one in files.items() if "/" not in name}
    assert changed(planned(shop, keeps_none, prune=True)) == [("segment", "buyers", "archived")]
