"""Definitions as documents: planned, applied in one step, and never over somebody's change."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cartback.domain.event import Json
from cartback.domain.instant import DAY
from cartback.domain.rules import Settings
from cartback.engine.documents import (
    Plan,
    StaleFolder,
    apply,
    exported,
    plan,
    remembered,
)
from cartback.engine.folder import BadFolder, Folder, read_folder
from cartback.engine.foresight import Foreseen, foresee
from cartback.engine.rules_change import change_settings
from cartback.engine.segments import archive_segment
from cartback.engine.shops import settings_of
from tests.scenarios.engine_shop import ABANDONERS, EngineShop, did, every, hours, segment

BUYERS = segment("buyers", did("Placed Order"))
EARLIER = segment(
    "abandoners",
    every(did("Checkout Started", "1 day"), did("Placed Order", "1 week", exactly=0)),
)
CARTS = segment("carts", {"kind": "cart", "status": "abandoned"})


def folder_of(tea: EngineShop, /, *documents: Mapping[str, Json], **more: Json) -> Folder:
    """The folder as files: a segment each, and `shop` for settings and lists."""
    files: dict[str, Json] = {f"segments/{one['key']}.yaml": one for one in documents}
    files |= {f"{name}.yaml": document for name, document in more.items()}
    with tea.store.reading() as reading:
        return read_folder(files, settings_of(reading, tea.id))


def planned(shop: EngineShop, folder: Folder, *, prune: bool = False) -> Plan:
    with shop.store.reading() as reading:
        return plan(reading, shop.id, folder, prune=prune)


def applied(shop: EngineShop, folder: Folder, **options: bool | str) -> Plan:
    found = apply(shop.store, shop.id, folder, shop.now, **options)  # type: ignore[arg-type]
    shop.catches_up()
    return found


def foreseen(shop: EngineShop, folder: Folder, *, prune: bool = False) -> Mapping[str, Foreseen]:
    found = planned(shop, folder, prune=prune)
    return foresee(shop.store, shop.id, found.present, found.rules, shop.now)


def kinds(found: Plan) -> dict[str, str]:
    return {one.key: one.kind for one in found.changes}


def files_of(shop: EngineShop) -> dict[str, dict[str, Json]]:
    with shop.store.reading() as reading:
        return exported(reading, shop.id)


@pytest.fixture
def tea(shop: EngineShop) -> EngineShop:
    """Ada has just left a checkout, Cy left one two days ago, Bob ordered."""
    shop.happens("cy@example.com", "Checkout Started", cart_id="c")
    shop.passes(2 * DAY)
    shop.happens("ada@example.com", "Checkout Started", cart_id="a")
    shop.happens("bob@example.com", "Checkout Started", cart_id="b")
    shop.happens("bob@example.com", "Placed Order", cart_id="b")
    shop.passes(hours(2))
    return shop


def test_an_empty_shop_becomes_what_the_folder_says(tea: EngineShop) -> None:
    folder = folder_of(
        tea, ABANDONERS, BUYERS, CARTS, shop={"settings": {"zone": "Asia/Seoul"}, "lists": {}}
    )
    assert kinds(planned(tea, folder)) == {
        "": "changed",
        "abandoners": "created",
        "buyers": "created",
        "carts": "created",
    }
    applied(tea, folder)
    assert tea.members("abandoners") == {"ada@example.com", "cy@example.com"}
    assert tea.members("buyers") == {"bob@example.com"}
    assert tea.members("carts") == {"ada@example.com", "cy@example.com"}
    with tea.store.reading() as reading:
        assert settings_of(reading, tea.id).zone == "Asia/Seoul"


def test_applying_twice_changes_nothing_the_second_time(tea: EngineShop) -> None:
    folder = folder_of(tea, ABANDONERS, BUYERS, shop={"lists": {"vip": "Friends"}})
    applied(tea, folder, commit="one")
    with tea.store.reading() as reading:
        before = (reading.rules_version(tea.id), reading.segments(tea.id))
        origins = remembered(reading, tea.id)
    again = applied(tea, folder, commit="two")
    assert again.is_empty
    with tea.store.reading() as reading:
        assert (reading.rules_version(tea.id), reading.segments(tea.id)) == before
        assert remembered(reading, tea.id) == origins
    assert origins.segments["buyers"].commit == "one"
    assert origins.lists == {"vip": "Friends"}


def test_what_is_exported_is_what_is_there(tea: EngineShop) -> None:
    applied(tea, folder_of(tea, ABANDONERS, CARTS, shop={"lists": {"vip": "Friends"}}))
    files = files_of(tea)
    assert sorted(files) == ["segments/abandoners.yaml", "segments/carts.yaml", "shop.yaml"]
    with tea.store.reading() as reading:
        folder = read_folder(files, settings_of(reading, tea.id))
    assert planned(tea, folder).is_empty
    assert files_of(tea) == files


def test_it_is_foreseen_who_will_enter_and_leave(tea: EngineShop) -> None:
    tea.has(ABANDONERS)
    tea.has(CARTS)
    folder = folder_of(tea, {**EARLIER, "base": base(tea, "abandoners")}, BUYERS)
    moves = foreseen(tea, folder, prune=True)
    before = {key: tea.members(key) for key in ("abandoners", "carts")}
    ids = {who: tea.profile_of(who) for who in ("cy@example.com", "bob@example.com")}
    assert moves["abandoners"].leaving == (1, (ids["cy@example.com"],))
    assert moves["abandoners"].entering.total == 0
    assert moves["buyers"].entering == (1, (ids["bob@example.com"],))
    assert moves["carts"].leaving.total == 2
    applied(tea, folder, prune=True)
    assert before["abandoners"] - tea.members("abandoners") == {"cy@example.com"}
    assert tea.status("carts") == "archived"


def base(shop: EngineShop, key: str) -> Json:
    return files_of(shop)[f"segments/{key}.yaml"]["base"]


def test_foreseeing_counts_all_and_names_five(tea: EngineShop) -> None:
    for number in range(12):
        tea.happens(f"p{number}@example.com", "Placed Order")
    entering = foreseen(tea, folder_of(tea, BUYERS))["buyers"].entering
    assert entering.total == 13
    assert entering.samples == tuple(
        tea.profile_of(f"p{number}@example.com") for number in (11, 10, 9, 8, 7)
    )


def test_time_alone_is_not_the_folder_s_doing(tea: EngineShop) -> None:
    """Whoever would leave anyway, but was not woken yet, does not leave because of the folder."""
    tea.has(EARLIER)
    tea.now += 2 * DAY  # nobody was woken
    moves = foreseen(tea, folder_of(tea, {**ABANDONERS, "base": base(tea, "abandoners")}))
    assert moves["abandoners"].leaving.total == 0
    assert moves["abandoners"].entering.total == 2


def test_a_change_of_settings_moves_who_is_judged_again(tea: EngineShop) -> None:
    tea.has(CARTS)
    folder = folder_of(tea, CARTS, shop={"settings": {"checkout_idle": "1 day"}})
    assert foreseen(tea, folder)["carts"].leaving.total == 1
    applied(tea, folder)
    assert tea.members("carts") == {"cy@example.com"}


def test_segments_that_are_not_in_the_folder_stay_unless_pruned(tea: EngineShop) -> None:
    tea.has(ABANDONERS)
    folder = folder_of(tea, BUYERS)
    assert kinds(applied(tea, folder))["abandoners"] == "not in the folder"
    assert tea.members("abandoners") == {"ada@example.com", "cy@example.com"}
    assert kinds(applied(tea, folder, prune=True))["abandoners"] == "archived"
    assert tea.status("abandoners") == "archived"
    assert applied(tea, folder, prune=True).is_empty


def test_nothing_is_written_when_anything_is_wrong(tea: EngineShop) -> None:
    tea.has(ABANDONERS)
    refers = segment("refers", {"kind": "in_segment", "segment": "nobody"})
    runs = segment("runs", {**did("A"), "within": {"kind": "since_run_start"}})
    with pytest.raises(BadFolder) as refused:
        applied(tea, folder_of(tea, BUYERS, refers, runs))
    assert refused.value.problems == [
        "segments/refers.yaml: when: there is no segment 'nobody' - at `$.segment`",
        "segments/runs.yaml: when: `since_run_start` is for automations; a segment has no run",
    ]
    assert tea.status("buyers") == ""


def test_a_segment_that_another_one_needs_is_not_pruned(tea: EngineShop) -> None:
    tea.has(BUYERS)
    refers = segment("refers", {"kind": "in_segment", "segment": "buyers"})
    applied(tea, folder_of(tea, refers))
    with pytest.raises(BadFolder, match=r"segments/refers\.yaml: when: there is no segment"):
        applied(tea, folder_of(tea, refers), prune=True)
    assert tea.members("buyers") == {"bob@example.com"}


def test_files_may_refer_to_each_other_in_any_order(tea: EngineShop) -> None:
    refers = segment("again", {"kind": "in_segment", "segment": "buyers"})
    applied(tea, folder_of(tea, refers, BUYERS))
    assert tea.members("again") == {"bob@example.com"}


def test_every_file_that_is_wrong_is_named(tea: EngineShop) -> None:
    with pytest.raises(BadFolder) as refused:
        folder_of(
            tea,
            segment("one", {"kind": "did"}),
            segment("two", {"kind": "dud", "metric": "A"}),
            {"key": "three", "name": ""},
            shop={"settings": {"zone": "Mars", "sea": "x"}},
        )
    said = "\n".join(refused.value.problems)
    assert "segments/one.yaml: when: the field `metric` is missing; write it - at `$`" in said
    assert "segments/two.yaml: when: " in said
    assert "segments/three.yaml: " in said
    assert "shop.yaml: settings: there is no 'sea'" in said
    assert len(refused.value.problems) == 4


def test_what_somebody_changed_meanwhile_is_told_and_kept(tea: EngineShop) -> None:
    applied(tea, folder_of(tea, ABANDONERS))
    tea.changes(EARLIER)  # in the console
    wider = segment("abandoners", did("Checkout Started"))
    folder = folder_of(tea, wider)
    [change] = planned(tea, folder).stale
    assert change.stale == "it was changed since the file was written"
    with pytest.raises(StaleFolder, match=r"segments/abandoners\.yaml: it was changed since"):
        applied(tea, folder)
    assert tea.members("abandoners") == {"ada@example.com"}
    applied(tea, folder_of(tea, {**wider, "base": base(tea, "abandoners")}))
    assert len(tea.members("abandoners")) == 3


def test_overwriting_keeps_what_was_there_among_the_versions(tea: EngineShop) -> None:
    tea.has(ABANDONERS)  # in the console: no file knows it
    folder = folder_of(tea, EARLIER)
    assert [one.stale for one in planned(tea, folder).stale] == ["it was not made from a file"]
    applied(tea, folder, overwrite=True, commit="abc")
    with tea.store.reading() as reading:
        versions = reading.segment_versions(tea.id, "abandoners", 100, 10)
    assert [(one.version, one.by) for one in versions] == [(2, "documents abc"), (1, "")]


def test_applying_again_after_an_own_change_is_not_stale(tea: EngineShop) -> None:
    """The file still names the base from which it was exported first."""
    tea.has(ABANDONERS)
    exported_base = base(tea, "abandoners")
    applied(tea, folder_of(tea, {**EARLIER, "base": exported_base}))
    applied(tea, folder_of(tea, {**ABANDONERS, "base": exported_base}))
    assert tea.members("abandoners") == {"ada@example.com", "cy@example.com"}


def test_a_segment_that_was_archived_meanwhile_does_not_come_back_unasked(tea: EngineShop) -> None:
    tea.has(ABANDONERS)
    files = files_of(tea)
    archive_segment(tea.store, tea.id, "abandoners", tea.now)
    with tea.store.reading() as reading:
        folder = read_folder(files, settings_of(reading, tea.id))
    with pytest.raises(StaleFolder, match="archived since"):
        applied(tea, folder)
    applied(tea, folder, overwrite=True)
    assert tea.members("abandoners") == {"ada@example.com", "cy@example.com"}


def test_settings_that_somebody_changed_meanwhile_are_told_and_kept(tea: EngineShop) -> None:
    shop = files_of(tea)["shop.yaml"]
    change_settings(tea.store, tea.id, Settings(zone="Europe/Berlin"), tea.now)
    shop["settings"]["currency"] = "KRW"
    with pytest.raises(StaleFolder, match=r"shop\.yaml: it was changed"):
        applied(tea, folder_of(tea, shop=shop))
    applied(tea, folder_of(tea, shop={"settings": {"currency": "KRW"}}))
    with tea.store.reading() as reading:
        assert settings_of(reading, tea.id) == Settings(zone="Europe/Berlin", currency="KRW")


def test_a_default_that_is_written_out_is_no_change(tea: EngineShop) -> None:
    short = segment("buyers", {"kind": "did", "metric": "Placed Order"})
    applied(tea, folder_of(tea, BUYERS))
    assert applied(tea, folder_of(tea, short)).is_empty
    wider = segment("buyers", did("Checkout Started"))
    assert not planned(tea, folder_of(tea, wider)).stale
