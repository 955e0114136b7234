"""A template as one person would get it now, to be looked at: nothing is followed or sent."""

from typing import Final

from cartback.channels.email.filters import Dialect
from cartback.channels.email.mistakes import BadLiquid
from cartback.channels.email.mjml import BadMjml
from cartback.channels.email.postman import cart_values, person_values, shop_values
from cartback.channels.email.template import compile_template, render_template
from cartback.domain.event import IdentifierKind, ShopId
from cartback.domain.instant import Instant
from cartback.domain.profile import Profile
from cartback.domain.template import BadTemplate
from cartback.engine.mail_preview import CannotPreview, Previewed
from cartback.engine.mailing import Mailing, mailing_of
from cartback.engine.ports import Store
from cartback.engine.rulebook import present_rules
from cartback.engine.templates import template_of

NOBODY_YET: Final = "shop@shop.example"
"""The sender where the shop has none yet: it is shown, and nothing leaves."""


def preview(store: Store, shop: ShopId, key: str, profile: Profile, now: Instant) -> Previewed:
    """The present version, with their latest cart. Raises NoSuchTemplate and CannotPreview."""
    try:
        with store.reading() as reading:
            settings = present_rules(reading, shop).settings
            mailing = mailing_of(reading, shop)
            name = next((one.name for one in reading.shops() if one.id == shop), "")
            _, template = template_of(reading, shop, key)
        sender = mailing or Mailing(NOBODY_YET, name)
        language = template.language if mailing is None else mailing.language
        compiled = compile_template(template, Dialect(language, settings.zone, settings.currency))
        email = profile.names.get(IdentifierKind.EMAIL)
        carts = sorted(profile.carts.values(), key=lambda one: one.activity)
        values = {
            "profile": person_values(profile, "" if email is None else str(email.value)),
            "cart": cart_values(carts[-1], settings) if carts else {},
            "shop": shop_values(sender),
            "links": dict.fromkeys(("restore", "unsubscribe", "preferences", "view"), "#"),
            "now": now,
        }
        mail = render_template(compiled, values)
    except (BadTemplate, BadLiquid, BadMjml) as mistake:
        raise CannotPreview(str(mistake)) from None
    return Previewed(mail.subject, mail.html)
