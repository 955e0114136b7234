"""The postman: makes one person's e-mail of a claimed message, and hands it over.

Templates are compiled once per version. What a person's mail says is read from the state that the
claim found: the cart as it is at that moment.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, TypeVar

from cartback.channels.email.duties import Undutiful, dutiful, duty_values
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
from cartback.channels.email.values import (
    consent_values,
    first_name,
    goods_values,
    occasion_values,
    person_values,
    shop_values,
)
from cartback.domain.cart import Cart
from cartback.domain.consent import country_of, demanded
from cartback.domain.contact import zone_of_person
from cartback.domain.event import ShopId
from cartback.domain.fault import Fault
from cartback.domain.instant import Instant, Zone
from cartback.domain.law.terms import EMAIL, Purpose
from cartback.domain.message import Channel, Mailbox, Outcome, Outgoing, Refused, Shown
from cartback.domain.rules import Settings
from cartback.domain.ruleset import Ruleset
from cartback.domain.step import Email, Step
from cartback.domain.template import BadTemplate, Needs
from cartback.engine.codes import mark_of
from cartback.engine.contents import Contents, contents_of
from cartback.engine.copies import packed
from cartback.engine.deliver import Begins, Sending
from cartback.engine.mailing import Mailing, mailing_of
from cartback.engine.occasion import occasion_of
from cartback.engine.ports import Clock, Reading, Store
from cartback.engine.restoring import make_link
from cartback.engine.rulebook import Rulebook
from cartback.engine.signing import Signer
from cartback.engine.templates import NoSuchTemplate, template_of
from cartback.engine.tokens import Kind, Tokens
from cartback.engine.visits import may_be_followed


class Cannot(Fault):
    """The message cannot be made; the sentence says what the shop has to put right."""


Compose: TypeAlias = Callable[[Sending], Outgoing]
"""Makes a claimed message as it leaves. Raises Cannot."""


class EmailPostman:
    """Every shop's e-mail of a kind, through one channel."""

    def __init__(self, compose: Compose, channel: Channel) -> None:
        self._compose = compose
        self._channel = channel

    async def hand_over(self, sending: Sending, begins: Begins) -> Outcome | None:
        """Make the mail and hand it over, once."""
        try:
            outgoing = self._compose(sending)
        except Cannot as reason:
            return Refused(True, 0, str(reason), "shop")
        return await self._channel.send(outgoing) if await begins(packed(outgoing)) else None


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
        may = may_be_followed(sending.profile)
        clicks, opens = mailing.clicks and may, mailing.opens and may
        tracking = Tracking(clicks=clicks, opens=opens, trap=clicks)
        html = followed(
            mail.html, tokens=self._tokens, about=about, base=self._base() + "/e", tracking=tracking
        )
        return Outgoing(
            key=sending.message.key,
            sender=Mailbox(mailing.sender, mail.sender_name or mailing.name),
            recipient=Mailbox(sending.message.recipient, first_name(sending.profile)),
            subject=mail.subject,
            html=html,
            text=mail.text,
            at=self._clock(),
            unsubscribe=self._link(Kind.UNSUBSCRIBE, about),
            reply_to=None if mailing.reply_to is None else Mailbox(mailing.reply_to),
            shop=str(sending.shop),
            stream=sending.message.run.flow,
            shown=Shown(mail.html, mail.pattern),
        )

    def view(self, sending: Sending) -> str:
        """The mail's HTML as it would be made now, with nothing in it that is followed.

        Raises Cannot.
        """
        return self._rendered(sending)[1].html

    def _rendered(self, sending: Sending) -> tuple[Mailing, Rendered]:
        with self._store.reading() as reading:
            mailing = mailing_for(reading, sending.shop)
            rules, now = self._rulebook.of(reading, sending.shop), self._clock()
            step = step_of(rules, sending, Email)
            key = step.template
            compiled = self._template(reading, sending.shop, key, rules.settings)
            country = country_of(sending.profile)
            purpose = step.purpose or Purpose.MARKETING
            bound = demanded(EMAIL, purpose, country, rules.choice, now)
            values = self._values(reading, sending, compiled, mailing, rules.settings)
            if compiled.needs.occasion:
                money = rules.settings.currency
                live, run = rules.flows.versions[sending.message.run[:2]], sending.message.run
                found = occasion_of(reading, sending.shop, sending.profile, live, run, money)
                values |= occasion_values(found, mailing, money)
        values["duties"] = duty_values(bound)
        way_out = values["links"]["unsubscribe"]
        try:
            mail = render_template(compiled, values)
            return mailing, dutiful(mail, bound, mailing, way_out, compiled.language)
        except (BadLiquid, Undutiful) as mistake:
            raise Cannot("template_unusable", key=key, said=mistake) from None

    def _template(self, reading: Reading, shop: ShopId, key: str, settings: Settings) -> Compiled:
        try:
            row, template = template_of(reading, shop, key)
            dialect = Dialect(template.language, settings.zone, settings.currency)
            place = (shop, key, row.version, dialect)
            compiled = self._compiled.get(place)
            if compiled is None:
                compiled = self._compiled[place] = compile_template(template, dialect)
        except NoSuchTemplate:
            raise Cannot("template_gone", key=key) from None
        except (BadTemplate, BadLiquid, BadMjml) as mistake:
            raise Cannot("template_unusable", key=key, said=mistake) from None
        return compiled

    def _values(
        self,
        reading: Reading,
        sending: Sending,
        compiled: Compiled,
        mailing: Mailing,
        settings: Settings,
    ) -> dict[str, Any]:
        profile, about, now = sending.profile, about_of(sending), self._clock()
        cart = cart_of(sending)
        restore = self._restore(sending, cart)
        contents = contents_for(reading, sending, compiled.needs, settings.currency, now)
        return {
            **goods_values(contents, cart, mailing, compiled.language, restore),
            "profile": person_values(profile, sending.message.recipient),
            "shop": shop_values(mailing),
            "zone": zone_of_person(profile, Zone(settings.zone)).name,
            "links": {
                "restore": restore or mailing.url or "",
                "unsubscribe": self._link(Kind.UNSUBSCRIBE, about),
                "preferences": self._link(Kind.PREFERENCES, about),
                "view": self._link(Kind.VIEW, about),
                "confirm": self._link(Kind.CONFIRM, about),
            },
            "consent": consent_values(profile, compiled.language),
            "now": now,
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


def mailing_for(reading: Reading, shop: ShopId) -> Mailing:
    """Who the shop's mail is from. Raises Cannot."""
    mailing = mailing_of(reading, shop)
    if mailing is None:
        raise Cannot("sender_missing")
    return mailing


Kept = TypeVar("Kept", bound=Step)


def step_of(rules: Ruleset, sending: Sending, kind: type[Kept]) -> Kept:
    """The step, in the version of the flow that the run is on. Raises Cannot."""
    live = rules.flows.versions.get(sending.message.run[:2])
    placed = None if live is None else live.steps.get(sending.message.step)
    if placed is None or not isinstance(placed.step, kind):
        raise Cannot("step_gone")
    return placed.step


def cart_of(sending: Sending) -> Cart | None:
    """The cart that the message is about, as it is now."""
    cart = sending.message.run.cart
    return sending.profile.carts.get(cart) if cart else None


def contents_for(
    reading: Reading, sending: Sending, needs: Needs, currency: str, now: Instant
) -> Contents:
    """What the message shows beside its words, as of now; `currency` is the shop's."""
    profile, cart = sending.profile, cart_of(sending)
    mark = mark_of(profile, sending.message.run)
    return contents_of(reading, sending.shop, needs, profile, cart, mark, currency, now)


RESTORE: Final = "r"
PATHS: Final[Mapping[Kind, str]] = {
    Kind.UNSUBSCRIBE: "u",
    Kind.PREFERENCES: "p",
    Kind.VIEW: "v",
    Kind.CONFIRM: "d",
}
"""Where each kind of link is answered, below `/e/`."""


def about_of(sending: Sending) -> bytes:
    """What the links of a message are about: the shop (4 bytes) and the message's key (12)."""
    return sending.shop.to_bytes(4, "big") + bytes.fromhex(sending.message.key)
