"""The shop that a key belongs to, and its settings."""

from typing import Annotated

import msgspec
from pydantic import BaseModel, Field

from cartback.domain.event import Json
from cartback.domain.rules import Settings
from cartback.engine.audit import Noted, note, settings_changes
from cartback.engine.ports import Reading, Transaction
from cartback.engine.rules_change import change_settings
from cartback.engine.shop_ports import ShopRow
from cartback.engine.shops import settings_of
from cartback.web.api.ground import Caller, SettingsReader, SettingsWriter
from cartback.web.api.paging import Id, Page
from cartback.web.api.problem import bad, not_found, problems
from cartback.web.api.reading import Body, new_router
from cartback.web.api.shape import Time, when

router = new_router("shops")

_Text = Annotated[str, Field(max_length=100)]


class ShopSettings(BaseModel):
    """What a shop decides. Segments and carts are judged by it."""

    zone: Annotated[str, Field(description="An IANA time zone, such as Asia/Seoul.")]
    currency: Annotated[str, Field(description="ISO 4217, of amounts that name none.")]
    country: Annotated[
        str, Field(description="ISO 3166-1, of phone numbers without a country code; or empty.")
    ]
    cart_idle: Annotated[str, Field(description="After how long a cart counts as abandoned.")]
    checkout_idle: Annotated[str, Field(description="The same, once checkout has begun.")]


class SettingsChange(Body):
    """The settings that shall change; the others stay."""

    zone: _Text | None = None
    currency: _Text | None = None
    country: _Text | None = None
    cart_idle: _Text | None = None
    checkout_idle: _Text | None = None


class Shop(BaseModel):
    """One store."""

    id: int
    name: str
    created: Time
    settings: ShopSettings
    profiles: Annotated[int, Field(description="How many profiles it has.")]
    events: Annotated[int, Field(description="How many events are in its log.")]


class Shops(Page):
    data: list[Shop]


@router.get("/shops", responses=problems())
def list_shops(caller: SettingsReader) -> Shops:
    """The shop that this key belongs to."""
    with caller.store.reading() as reading:
        return Shops(data=[_shop(reading, _own(reading, caller))])


@router.get("/shops/{shop}", responses=problems(404))
def read_shop(caller: SettingsReader, shop: Id) -> Shop:
    """One shop; others than the key's own are not known to it."""
    _check(caller, shop)
    with caller.store.reading() as reading:
        return _shop(reading, _own(reading, caller))


@router.get("/shops/{shop}/settings", responses=problems(404))
def read_settings(caller: SettingsReader, shop: Id) -> ShopSettings:
    """The settings as they are now."""
    _check(caller, shop)
    with caller.store.reading() as reading:
        return _settings(reading, caller)


@router.patch("/shops/{shop}/settings", responses=problems(404))
def change_shop_settings(caller: SettingsWriter, shop: Id, body: SettingsChange) -> ShopSettings:
    """Change settings. Every segment and every cart is judged again with the new ones."""
    _check(caller, shop)

    detail: dict[str, Json] = {}

    def changed(before: Settings) -> Settings:
        settings = before
        for name, value in body.model_dump(exclude_none=True).items():
            try:
                settings = msgspec.structs.replace(settings, **{name: value})
            except ValueError as error:
                raise bad("body", name, str(error)) from None
        detail.clear()
        detail.update(settings_changes(before, settings))
        return settings

    def line(tx: Transaction) -> None:
        if detail:
            name = _own(tx, caller).name
            note(tx, shop, caller.who, "changed settings", name, caller.now(), **detail)

    settings = change_settings(Noted(caller.store, line), shop, changed, caller.now())
    caller.ground.written()
    return _shown(settings)


def _check(caller: Caller, shop: int) -> None:
    if shop != caller.shop:
        raise not_found(f"there is no shop {shop} for this key")


def _own(reading: Reading, caller: Caller) -> ShopRow:
    return next(row for row in reading.shops() if row.id == caller.shop)


def _shop(reading: Reading, row: ShopRow) -> Shop:
    counts = reading.counts(row.id)
    return Shop(
        id=row.id,
        name=row.name,
        created=when(row.created),
        settings=_shown(settings_of(reading, row.id)),
        profiles=counts["profiles"],
        events=counts["events"],
    )


def _settings(reading: Reading, caller: Caller) -> ShopSettings:
    return _shown(settings_of(reading, caller.shop))


def _shown(settings: Settings) -> ShopSettings:
    return ShopSettings.model_validate(msgspec.structs.asdict(settings))
