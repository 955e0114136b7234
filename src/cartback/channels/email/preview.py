"""A mail to look at before anything leaves: for somebody, or for a sample person with a cart."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from cartback.channels.email.duties import duty_values
from cartback.channels.email.filters import Dialect
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.mjml import BadMjml
from cartback.channels.email.ready import KEYS, ready
from cartback.channels.email.remarks import (
    mistakes_in,
    of_liquid,
    of_mjml,
    remarks_on,
    size_of,
    words_of,
)
from cartback.channels.email.sample import sample_contents
from cartback.channels.email.template import (
    Compiled,
    Rendered,
    blamed,
    compile_template,
    preheader_of,
    render_template,
)
from cartback.channels.email.values import (
    consent_values,
    given_value,
    goods_values,
    item_values,
    person_values,
    shop_values,
)
from cartback.domain.cart import Cart, Said
from cartback.domain.code import cart_mark
from cartback.domain.consent import country_of, demanded
from cartback.domain.contact import zone_of_person
from cartback.domain.coupon import Coupon, Percent
from cartback.domain.event import ProfileId, ShopId
from cartback.domain.instant import DAY, FOREVER, HOUR, Instant, Zone
from cartback.domain.law.kr import labelled
from cartback.domain.law.terms import EMAIL, Duty, Purpose
from cartback.domain.profile import Profile
from cartback.domain.rules import Settings, choice_in
from cartback.domain.template import Needs, Template, template_document
from cartback.engine.contents import Contents, Offer, contents_of
from cartback.engine.coupon_ports import CodeRow
from cartback.engine.coupons import coupon_of
from cartback.engine.deliver import address_of
from cartback.engine.explaining import state_at
from cartback.engine.mailing import Mailing, mailing_of
from cartback.engine.mails import CannotMake, Look, Mail, ReadyTemplate
from cartback.engine.ports import Clock, Reading, Store
from cartback.engine.rulebook import Rulebook, present_rules

EXAMPLE_CODE: Final = "EXAMPLE"
"""Stands where a code would; none that is made looks like it, and no pool should have it."""
NOBODYS: Final = "shop@example.com"
"""The sender of a shop that has set up none yet: it is shown, and nothing leaves."""
LINKS: Final = ("restore", "unsubscribe", "preferences", "view", "confirm")


class _Looked(NamedTuple):
    """A template that is looked at, and whose it is."""

    compiled: Compiled
    settings: Settings
    mailing: Mailing

    def goods(self, contents: Contents, cart: Cart | None) -> dict[str, Any]:
        """Their links lead to the shop at most."""
        nowhere = self.mailing.url or "https://example.com/"
        plain = msgspec.structs.replace(self.mailing, code_url=None)
        return goods_values(contents, cart, plain, self.compiled.language, nowhere)


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
                settings = present_rules(reading, shop).settings
            _compiled(settings, template)
        except BadLiquid as mistake:
            raise CannotMake(words_of(mistake), mistake.path) from None
        except BadMjml as mistake:
            raise CannotMake(words_of(mistake)) from None

    def make(self, shop: ShopId, template: Template, profile: ProfileId | None = None) -> Mail:
        """The template as the person would get it now. Raises CannotMake and NobodyFound."""
        try:
            mail, _ = self._made(shop, template, profile)
        except BadLiquid as mistake:
            raise CannotMake(words_of(mistake), mistake.path) from None
        except BadMjml as mistake:
            raise CannotMake(words_of(mistake)) from None
        return mail

    def look(self, shop: ShopId, template: Template, profile: ProfileId | None = None) -> Look:
        """The same for who writes the template. Raises NobodyFound."""
        mistakes = list(mistakes_in(template))
        if mistakes:
            return Look(None, 0, mistakes)
        try:
            mail, rendered = self._made(shop, template, profile, marked=True)
        except BadLiquid as mistake:
            return Look(None, 0, [of_liquid(mistake)])
        except BadMjml as mistake:
            return Look(None, 0, [of_mjml(mistake)])
        return Look(mail, size_of(rendered), remarks_on(template, rendered))

    def _made(
        self, shop: ShopId, template: Template, profile: ProfileId | None, *, marked: bool = False
    ) -> tuple[Mail, Rendered]:
        """Raises BadLiquid, BadMjml and NobodyFound."""
        now = self._clock()
        with self._store.reading() as reading:
            rules, mailing = present_rules(reading, shop), _mailing(reading, shop)
            compiled = _compiled(rules.settings, template, marked=marked)
            looked, country = _Looked(compiled, rules.settings, mailing), ""
            if profile is None:
                person = _sample_values(reading, shop, looked, now)
            else:
                state = state_at(reading, self._rulebook, shop, profile, now)
                country = country_of(state)
                person = _person_values(reading, shop, state, looked, now)
            bound = demanded(EMAIL, _purpose(template), country, choice_in(rules), now)
        shown, links = shop_values(mailing), _links(mailing.url or "")
        values = {**person, "shop": shown, "links": links, "now": now}
        try:
            mail = render_template(compiled, {**values, "duties": duty_values(bound)})
        except BadLiquid as mistake:
            raise blamed(template, _dialect(rules.settings, template), values) or mistake from None
        if Duty.AD_LABEL in bound.duties:
            mail = msgspec.structs.replace(mail, subject=labelled(mail.subject))
        name, beside = mail.sender_name or mailing.name, preheader_of(compiled, values)
        return Mail(mail.subject, name, mail.html, mail.text, beside), mail


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


def _compiled(settings: Settings, template: Template, *, marked: bool = False) -> Compiled:
    return compile_template(template, _dialect(settings, template), marked=marked)


def _dialect(settings: Settings, template: Template) -> Dialect:
    return Dialect(template.language, settings.zone, settings.currency)


def _purpose(template: Template) -> Purpose:
    return Purpose.MARKETING if template.advertising else Purpose.TRANSACTIONAL


def _links(shop: str) -> Mapping[str, str]:
    """They lead to the shop at most: a preview that is passed on must not unsubscribe anybody."""
    return dict.fromkeys(LINKS, shop or "https://example.com/")


def _person_values(
    reading: Reading, shop: ShopId, profile: Profile, mail: "_Looked", now: Instant
) -> dict[str, Any]:
    """The person with the cart that was touched last; what a mail about one product is about is
    its first. No code is given: an example stands for it, unless they have one."""
    carts = [one for one in profile.carts.values() if one.is_open]
    cart = max(carts, key=_touched, default=None)
    mark = "" if cart is None else cart_mark(cart.id, cart.closed_at)
    contents = contents_of(
        reading, shop, mail.compiled.needs, profile, cart, mark, mail.settings.currency, now
    )
    examples = _examples(reading, shop, mail.compiled.needs, now)
    contents = msgspec.structs.replace(contents, offers={**examples, **contents.offers})
    about = next(iter((*contents.lines, *contents.viewed)), None)
    return {
        **mail.goods(contents, cart),
        "product": {} if about is None else item_values(about, mail.mailing),
        "profile": person_values(profile, address_of(profile)),
        "consent": consent_values(profile, mail.compiled.language),
        "zone": zone_of_person(profile, Zone(mail.settings.zone)).name,
    }


def _sample_values(reading: Reading, shop: ShopId, mail: "_Looked", now: Instant) -> dict[str, Any]:
    """A sample person who left two things in a cart an hour ago; a price fell, as an example."""
    language, needs = mail.compiled.language, mail.compiled.needs
    example = _example(Coupon(gives=Percent(10)), now)
    offers = {**dict.fromkeys(needs.coupons, example), **_examples(reading, shop, needs, now)}
    currency = mail.settings.currency
    contents = sample_contents(reading, shop, needs, offers, language, currency, now)
    cart = Cart("sample", abandoned_at=now - HOUR, link=Said(now, "https://example.com/"))
    values = mail.goods(contents, cart)
    values["cart"]["count"] = len(contents.lines)
    name = "에이다" if language == "ko" else "Ada"
    person: dict[str, Any] = {"first_name": name, "email": "ada@example.com", "traits": {}}
    given = [given_value("", now - 700 * DAY, language)]
    about = contents.lines[0]
    fell = msgspec.structs.replace(about, old_price=about.old_price or (about.price or 0) * 5 // 4)
    return {
        **values,
        "profile": person,
        "product": item_values(fell, mail.mailing),
        "consent": {"yes": True, "at": now - HOUR, "given": given},
    }


def _touched(cart: Cart) -> tuple[Instant, str]:
    return cart.activity, cart.id


def _examples(reading: Reading, shop: ShopId, needs: Needs, now: Instant) -> dict[str, Offer]:
    """A code that nobody can use for each coupon that is there."""
    rows = {key: reading.coupon(shop, key) for key in needs.coupons}
    return {
        key: _example(coupon_of(row), now)
        for key, row in rows.items()
        if row is not None and row.status == "live"
    }


def _example(coupon: Coupon, now: Instant) -> Offer:
    lifetime = coupon.lifetime
    expires = FOREVER if lifetime is None else now + lifetime
    return Offer(CodeRow(EXAMPLE_CODE, EXAMPLE_CODE, "", expires=expires), coupon)
