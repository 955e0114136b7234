"""A mail to look at before anything leaves: for somebody, or for a sample person with a cart."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cartback.channels.email.filters import Dialect
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.mjml import BadMjml
from cartback.channels.email.postman import cart_values, person_values, shop_values
from cartback.channels.email.ready import KEYS, ready
from cartback.channels.email.remarks import (
    mistakes_in,
    of_liquid,
    of_mjml,
    remarks_on,
    size_of,
)
from cartback.channels.email.template import (
    Compiled,
    Rendered,
    compile_template,
    render_template,
)
from cartback.domain.cart import Cart
from cartback.domain.event import IdentifierKind, ProfileId, ShopId
from cartback.domain.instant import HOUR, Instant
from cartback.domain.profile import Profile
from cartback.domain.rules import Settings
from cartback.domain.template import Template, template_document
from cartback.engine.explaining import state_at
from cartback.engine.mailing import Mailing, mailing_of
from cartback.engine.mails import CannotMake, Look, Mail, ReadyTemplate
from cartback.engine.ports import Clock, Reading, Store
from cartback.engine.rulebook import Rulebook, present_rules

NOBODYS: Final = "shop@example.com"
"""The sender of a shop that has set up none yet: it is shown, and nothing leaves."""
LINKS: Final = ("restore", "unsubscribe", "preferences", "view")


class EmailMails:
    """Makes mails of templates without sending them."""

    def __init__(self, store: Store, rulebook: Rulebook, clock: Clock) -> None:
        self._store = store
        self._rulebook = rulebook
        self._clock = clock

    def ready(self) -> Sequence[ReadyTemplate]:
        """Those to start from, in the order in which they are shown."""
        return [_ready(key) for key in KEYS]

    def check(self, shop: ShopId, template: Template) -> None:
        """Read everything in the template. Raises CannotMake."""
        try:
            with self._store.reading() as reading:
                _compiled(reading, shop, template)
        except BadLiquid as mistake:
            raise CannotMake(str(mistake), mistake.path) from None
        except BadMjml as mistake:
            raise CannotMake(str(mistake)) from None

    def make(self, shop: ShopId, template: Template, profile: ProfileId | None = None) -> Mail:
        """The template as the person would get it now. Raises CannotMake and NobodyFound."""
        try:
            rendered, mailing = self._rendered(shop, template, profile)
        except BadLiquid as mistake:
            raise CannotMake(str(mistake), mistake.path) from None
        except BadMjml as mistake:
            raise CannotMake(str(mistake)) from None
        return _mail(rendered, mailing)

    def look(self, shop: ShopId, template: Template, profile: ProfileId | None = None) -> Look:
        """The same for who writes the template. Raises NobodyFound."""
        mistakes = list(mistakes_in(template))
        if mistakes:
            return Look(None, 0, mistakes)
        try:
            rendered, mailing = self._rendered(shop, template, profile, marked=True)
        except BadLiquid as mistake:
            return Look(None, 0, [of_liquid(mistake)])
        except BadMjml as mistake:
            return Look(None, 0, [of_mjml(mistake)])
        return Look(_mail(rendered, mailing), size_of(rendered), remarks_on(template, rendered))

    def _rendered(
        self, shop: ShopId, template: Template, profile: ProfileId | None, *, marked: bool = False
    ) -> tuple[Rendered, Mailing]:
        """Raises BadLiquid, BadMjml and NobodyFound."""
        now = self._clock()
        with self._store.reading() as reading:
            compiled = _compiled(reading, shop, template, marked=marked)
            settings = present_rules(reading, shop).settings
            mailing = _mailing(reading, shop)
            person = (
                sample_values(now, template, settings)
                if profile is None
                else _values(state_at(reading, self._rulebook, shop, profile, now), settings)
            )
        shown = shop_values(mailing)
        values = {**person, "shop": shown, "links": _links(shown["url"]), "now": now}
        return render_template(compiled, values), mailing


def _mail(rendered: Rendered, mailing: Mailing) -> Mail:
    name = rendered.sender_name or mailing.name
    return Mail(rendered.subject, name, rendered.html, rendered.text)


def _ready(key: str) -> ReadyTemplate:
    one = ready(key)
    return ReadyTemplate(
        key,
        one.series,
        one.audience,
        one.title,
        one.about,
        {"en": template_document(one.en), "ko": template_document(one.ko)},
    )


def _mailing(reading: Reading, shop: ShopId) -> Mailing:
    """The shop's, or one that has its name."""
    name = next((one.name for one in reading.shops() if one.id == shop), "")
    return mailing_of(reading, shop) or Mailing(NOBODYS, name)


def _compiled(
    reading: Reading, shop: ShopId, template: Template, *, marked: bool = False
) -> Compiled:
    settings = present_rules(reading, shop).settings
    mailing = _mailing(reading, shop)
    dialect = Dialect(mailing.language, settings.zone, settings.currency)
    return compile_template(template, dialect, marked=marked)


def _links(shop: str) -> Mapping[str, str]:
    """They lead to the shop at most: a preview that is passed on must not unsubscribe anybody."""
    return dict.fromkeys(LINKS, shop or "https://example.com/")


def _values(profile: Profile, settings: Settings) -> dict[str, Any]:
    """The person with the cart that was touched last."""
    address = profile.names.get(IdentifierKind.EMAIL)
    carts = [one for one in profile.carts.values() if one.is_open]
    cart = max(carts, key=_touched, default=None)
    return {
        "profile": person_values(profile, "" if address is None else str(address.value)),
        "cart": {} if cart is None else cart_values(cart, settings),
    }


def _touched(cart: Cart) -> tuple[Instant, str]:
    return cart.activity, cart.id


def sample_values(now: Instant, template: Template, settings: Settings) -> dict[str, Any]:
    """A sample person who left two things in a cart an hour ago."""
    korean = template.language == "ko"
    currency = settings.currency
    names = ("파란 머그잔", "울 스웨터") if korean else ("Blue mug", "Wool jumper")
    lines = [
        {
            "id": f"sample-{place}",
            "name": name,
            "variant": "",
            "brand": "",
            "url": "https://example.com/",
            "image": "",
            "price": price,
            "currency": currency,
            "quantity": 1,
        }
        for place, (name, price) in enumerate(zip(names, (12_00, 49_00), strict=True))
    ]
    return {
        "profile": {
            "first_name": "에이다" if korean else "Ada",
            "last_name": "",
            "email": "ada@example.com",
            "traits": {},
        },
        "cart": {
            "id": "sample",
            "count": len(lines),
            "value": 61_00,
            "currency": currency,
            "lines": lines,
            "abandoned_at": now - HOUR,
            "url": "https://example.com/",
        },
    }
