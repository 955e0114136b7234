"""The postman: makes one person's e-mail of a claimed message, and hands it over.

Templates are compiled once per version. What a person's mail says is read from the state that the
claim found: the cart as it is at that moment.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from cartback.channels.email.filters import Dialect
from cartback.channels.email.links import Tracking, followed
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.mjml import BadMjml
from cartback.channels.email.template import (
    Compiled,
    Rendered,
    compile_template,
    render_template,
)
from cartback.domain.cart import Cart
from cartback.domain.event import Line, ShopId
from cartback.domain.message import Channel, Mailbox, Outcome, Outgoing, Refused
from cartback.domain.profile import Profile
from cartback.domain.rules import Settings
from cartback.domain.step import Email
from cartback.domain.template import BadTemplate
from cartback.engine.deliver import Sending
from cartback.engine.mailing import Mailing, mailing_of
from cartback.engine.ports import Clock, Reading, Store
from cartback.engine.restoring import make_link
from cartback.engine.rulebook import Rulebook, present_rules
from cartback.engine.signing import Signer
from cartback.engine.templates import NoSuchTemplate, template_of
from cartback.engine.tokens import Kind, Tokens

FIRST_NAMES: Final = ("first_name", "firstName", "given_name", "name")
LAST_NAMES: Final = ("last_name", "lastName", "family_name")


class Cannot(ValueError):
    """The message cannot be made; the sentence says what the shop has to put right."""


class EmailPostman:
    """Every shop's e-mail, through one channel."""

    def __init__(self, composer: "Composer", channel: Channel) -> None:
        self._composer = composer
        self._channel = channel

    async def hand_over(self, sending: Sending) -> Outcome:
        """Make the mail and hand it over, once."""
        try:
            outgoing = self._composer.compose(sending)
        except Cannot as reason:
            return Refused(True, 0, str(reason), "shop")
        return await self._channel.send(outgoing)


class Composer:
    """Makes every shop's mails."""

    def __init__(
        self,
        store: Store,
        rulebook: Rulebook,
        clock: Clock,
        tokens: Tokens,
        signer: Signer,
        base: Callable[[], str],
    ) -> None:
        """`base`: the public address of this installation, without a slash at its end."""
        self._store = store
        self._rulebook = rulebook
        self._clock = clock
        self._tokens = tokens
        self._signer = signer
        self._base = base
        self._compiled: dict[tuple[ShopId, str, int, Dialect], Compiled] = {}

    def compose(self, sending: Sending) -> Outgoing:
        """The mail as it leaves. Raises Cannot."""
        mailing, mail = self._rendered(sending)
        about = about_of(sending)
        tracking = Tracking(clicks=mailing.clicks, opens=mailing.opens, trap=mailing.clicks)
        html = followed(
            mail.html, tokens=self._tokens, about=about, base=self._base() + "/e", tracking=tracking
        )
        return Outgoing(
            key=sending.message.key,
            sender=Mailbox(mailing.sender, mail.sender_name or mailing.name),
            recipient=Mailbox(sending.message.recipient, _first_name(sending.profile)),
            subject=mail.subject,
            html=html,
            text=mail.text,
            at=self._clock(),
            unsubscribe=self._link(Kind.UNSUBSCRIBE, about),
            reply_to=None if mailing.reply_to is None else Mailbox(mailing.reply_to),
            shop=str(sending.shop),
            stream=sending.message.run.flow,
        )

    def view(self, sending: Sending) -> str:
        """The mail's HTML as it would be made now, with nothing in it that is followed.

        Raises Cannot.
        """
        return self._rendered(sending)[1].html

    def _rendered(self, sending: Sending) -> tuple[Mailing, Rendered]:
        with self._store.reading() as reading:
            mailing = mailing_of(reading, sending.shop)
            if mailing is None:
                raise Cannot("the shop has no sender's address yet: Settings, E-mail")
            settings = present_rules(reading, sending.shop).settings
            key = self._template_key(reading, sending)
            compiled = self._template(reading, sending.shop, key, mailing, settings)
        try:
            return mailing, render_template(compiled, self._values(sending, mailing, settings))
        except BadLiquid as mistake:
            raise Cannot(f"template {key!r}: {mistake}") from None

    def _template_key(self, reading: Reading, sending: Sending) -> str:
        """The template that the step names, in the version of the flow that the run is on."""
        rules = self._rulebook.of(reading, sending.shop)
        live = rules.flows.versions.get(sending.message.run[:2])
        placed = None if live is None else live.steps.get(sending.message.step)
        if placed is None or not isinstance(placed.step, Email):
            raise Cannot("the flow has no such e-mail any more")
        return placed.step.template

    def _template(
        self, reading: Reading, shop: ShopId, key: str, mailing: Mailing, settings: Settings
    ) -> Compiled:
        try:
            row, template = template_of(reading, shop, key)
            dialect = Dialect(mailing.language, settings.zone, settings.currency)
            place = (shop, key, row.version, dialect)
            compiled = self._compiled.get(place)
            if compiled is None:
                compiled = self._compiled[place] = compile_template(template, dialect)
        except NoSuchTemplate:
            raise Cannot(f"there is no template {key!r}") from None
        except (BadTemplate, BadLiquid, BadMjml) as mistake:
            raise Cannot(f"template {key!r}: {mistake}") from None
        return compiled

    def _values(self, sending: Sending, mailing: Mailing, settings: Settings) -> dict[str, Any]:
        profile, about = sending.profile, about_of(sending)
        cart = profile.carts.get(sending.message.run.cart)
        return {
            "profile": person_values(profile, sending.message.recipient),
            "cart": {} if cart is None else cart_values(cart, settings),
            "shop": shop_values(mailing),
            "links": {
                "restore": self._restore(sending, cart) or mailing.url or "",
                "unsubscribe": self._link(Kind.UNSUBSCRIBE, about),
                "preferences": self._link(Kind.PREFERENCES, about),
                "view": self._link(Kind.VIEW, about),
            },
            "now": self._clock(),
        }

    def _link(self, kind: Kind, about: bytes) -> str:
        return f"{self._base()}/e/{PATHS[kind]}/{self._tokens.make(kind, about)}"

    def _restore(self, sending: Sending, cart: Cart | None) -> str:
        """The way back to the cart; empty for a mail that is about none."""
        if cart is None:
            return ""
        token = make_link(
            self._signer,
            sending.shop,
            sending.profile.id,
            cart,
            self._clock(),
            sending.message.key,
        )
        return f"{self._base()}/e/{RESTORE}/{token}"


RESTORE: Final = "r"
PATHS: Final[Mapping[Kind, str]] = {
    Kind.UNSUBSCRIBE: "u",
    Kind.PREFERENCES: "p",
    Kind.VIEW: "v",
}
"""Where each kind of link is answered, below `/e/`."""


def about_of(sending: Sending) -> bytes:
    """What the links of a message are about: the shop (4 bytes) and the message's key (12)."""
    return sending.shop.to_bytes(4, "big") + bytes.fromhex(sending.message.key)


def person_values(profile: Profile, address: str) -> dict[str, Any]:
    """What a template can say of a person; to Liquid an empty text is something, None nothing."""
    return {
        "first_name": _first_name(profile) or None,
        "last_name": _trait(profile, LAST_NAMES) or None,
        "email": address,
        "traits": {name: stamped.value for name, stamped in profile.traits.items()},
    }


def cart_values(cart: Cart, settings: Settings) -> dict[str, Any]:
    """What a template can say of a cart, as it is now."""
    currency = cart.currency or settings.currency
    return {
        "id": cart.id,
        "count": cart.items(),
        "value": cart.value(),
        "currency": currency,
        "lines": [_line_values(line, currency) for line in cart.lines()],
        "abandoned_at": cart.abandoned_at,
        "url": cart.url,
    }


def _line_values(line: Line, currency: str) -> dict[str, Any]:
    return {
        "id": line.product_id or line.sku,
        "name": line.name or line.product_id or line.sku,
        "variant": line.variant_id or None,
        "brand": line.brand or None,
        "url": line.url or None,
        "image": line.image_url or None,
        "price": line.price,
        "currency": currency,
        "quantity": line.quantity,
    }


def shop_values(mailing: Mailing) -> dict[str, Any]:
    """What a template can say of the shop; what is not set is None, as above."""
    return {
        "name": mailing.name,
        "url": mailing.url,
        "address": mailing.postal or None,
        "email": mailing.reply_to or mailing.sender,
        "phone": mailing.phone or None,
        "logo": mailing.logo,
    }


def _first_name(profile: Profile) -> str:
    return _trait(profile, FIRST_NAMES).split(" ")[0]


def _trait(profile: Profile, names: tuple[str, ...]) -> str:
    for name in names:
        value = profile.trait(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""
