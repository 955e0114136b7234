"""A plan says what applying it does: whoever it names enters or leaves, and nobody else."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from cartback.domain.condition import condition_document
from cartback.domain.event import Identifier, Json
from cartback.engine.documents import apply, plan
from cartback.engine.folder import read_folder
from cartback.engine.foresight import foresee
from cartback.engine.ports import Store
from cartback.engine.rules_change import change_settings
from cartback.store import open_store
from tests.condition_strategies import conditions
from tests.scenarios.engine_shop import EngineShop
from tests.strategies import (
    Scene,
    examples,
    happenings,
    histories,
    instants_after,
    scenes,
)

KEYS = ("s0", "s1", "s2")


def some_segments(data: st.DataObject, scene: Scene) -> dict[str, Json]:
    """A few files; the later segments may ask about the earlier."""
    files: dict[str, Json] = {}
    for place, key in enumerate(KEYS):
        if data.draw(st.booleans()):
            known = tuple(one for one in KEYS[:place] if f"segments/{one}.yaml" in files)
            when = data.draw(conditions(scene, carts=True, segments=known, leaves=2))
            document = {"name": key, "when": condition_document(when)}
            files[f"segments/{key}.yaml"] = document
    return files


def crowd(data: st.DataObject, scene: Scene, shop: EngineShop) -> None:
    """Three people, each with a history; numbers that no source lets in are left out."""
    told = [
        msgspec.structs.replace(
            one,
            id=f"{who}-{one.id}",
            identifiers=(Identifier("anonymous_id", who),),
            properties={name: said for name, said in one.properties.items() if said != 10**30},
        )
        for who in ("ada", "bob", "cy")
        for one in data.draw(histories(scene, happenings(scene, carts=True), most=4))
    ]
    for one in sorted(told, key=lambda one: one.received):
        shop.now = max(shop.now, one.received)
        shop.send(one)


@settings(
    examples(0.4), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.data())
def test_who_is_foreseen_to_move_moves(empty_sqlite: Path, data: st.DataObject) -> None:
    scene = data.draw(scenes())
    with TemporaryDirectory() as place:
        path = Path(place) / "cartback.db"
        shutil.copy(empty_sqlite, path)
        store = open_store(str(path))
        try:
            tell(data, scene, EngineShop(store, _new_shop(store), scene.start))
        finally:
            store.close()


def _new_shop(store: Store) -> int:
    with store.transaction() as tx:
        return tx.add_shop("the shop", 0)


def tell(data: st.DataObject, scene: Scene, shop: EngineShop) -> None:
    change_settings(shop.store, shop.id, scene.settings, shop.now)
    before = read_folder(some_segments(data, scene), scene.settings)
    if before.segments:
        apply(shop.store, shop.id, before, shop.now)
    shop.catches_up()
    crowd(data, scene, shop)
    shop.now = data.draw(instants_after(scene, [shop.now]))
    if data.draw(st.booleans()):
        shop.wakes(shop.now)
    files = some_segments(data, scene)
    if data.draw(st.booleans()):
        files["shop.yaml"] = {"settings": {"cart_idle": data.draw(st.sampled_from(IDLE))}}
    folder = read_folder(files, scene.settings)
    with shop.store.reading() as reading:
        found = plan(reading, shop.id, folder, prune=True)
    moves = foresee(shop.store, shop.id, found.present, found.rules, shop.now)
    shop.wakes(shop.now)
    was = members(shop)
    apply(shop.store, shop.id, folder, shop.now, prune=True, overwrite=True)
    shop.catches_up()
    is_ = members(shop)
    for key in KEYS:
        entered, left = is_[key] - was[key], was[key] - is_[key]
        foreseen = moves.get(key)
        event(f"moved: {bool(entered or left)}")
        assert (set() if foreseen is None else set(foreseen.entering.samples)) == entered
        assert (set() if foreseen is None else set(foreseen.leaving.samples)) == left


IDLE = ("60 minutes", "1 minute", "2 days")


def members(shop: EngineShop) -> dict[str, set[int]]:
    with shop.store.reading() as reading:
        return {key: {one for one, _ in reading.members(shop.id, key)} for key in KEYS}
