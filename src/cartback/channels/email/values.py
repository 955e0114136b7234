"""What a template is rendered with, as plain data: names as `domain/keyword.py` lists them.

To Liquid an empty text is something, None nothing: so what is not known is None.
"""

from typing import Any, Final

from cartback.channels.email.filters import Dialect, money
from cartback.channels.email.wording import WORDS
from cartback.domain.cart import Cart
from cartback.domain.consent import standing
from cartback.domain.coupon import AmountOff, Coupon, FreeShipping, Percent
from cartback.domain.instant import FOREVER, Instant
from cartback.domain.item import Item
from cartback.domain.law.terms import EMAIL
from cartback.domain.profile import Profile
from cartback.domain.template import Language
from cartback.engine.contents import Contents, Offer, Quote
from cartback.engine.mailing import Mailing, is_at_shop
from cartback.engine.occasion import Occasion
from cartback.engine.tokens import is_web_address

FIRST_NAMES: Final = ("first_name", "firstName", "given_name", "name")
LAST_NAMES: Final = ("last_name", "lastName", "family_name")
CODE: Final = "{code}"
"""Where the code stands in the address that puts it into a cart (mailing.code_url)."""


def person_values(profile: Profile, address: str) -> dict[str, Any]:
    """What a template can say of a person."""
    return {
        "first_name": first_name(profile) or None,
        "last_name": _trait(profile, LAST_NAMES) or None,
        "email": address,
        "traits": {name: stamped.value for name, stamped in profile.traits.items()},
    }


def consent_values(profile: Profile, language: Language) -> dict[str, Any]:
    """What the person last said of advertising by e-mail, and everything that they said yes to,
    the oldest first; empty where they never said anything."""
    said = profile.consents.get(EMAIL)
    last = {} if said is None else {"yes": said.subscribed, "at": said.at}
    yeses = sorted(standing(profile.consents, EMAIL).items(), key=lambda one: (one[1].at, one[0]))
    given = [given_value(key.partition(":")[2], one.at, language) for key, one in yeses]
    return {**last, "given": given} if given else last


def given_value(purpose: str, at: Instant, language: Language) -> dict[str, Any]:
    """A yes to a purpose, or to all advertising."""
    return {"about": WORDS[language].get(f"yes_to_{purpose or 'all'}", purpose), "at": at}


def first_name(profile: Profile) -> str:
    """How one addresses somebody; empty where nobody knows."""
    return _trait(profile, FIRST_NAMES).split(" ")[0]


def _trait(profile: Profile, names: tuple[str, ...]) -> str:
    for name in names:
        value = profile.trait(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def shop_values(mailing: Mailing) -> dict[str, Any]:
    """What a template can say of the shop."""
    return {
        "name": mailing.name,
        "url": mailing.url,
        "address": mailing.postal or None,
        "email": mailing.reply_to or mailing.sender,
        "phone": mailing.phone or None,
        "logo": mailing.logo,
    }


# --- what was looked up --------------------------------------------------------------------------


def goods_values(
    contents: Contents, cart: Cart | None, mailing: Mailing, language: Language, restore: str
) -> dict[str, Any]:
    """Items, codes and reviews; `restore` leads back to the cart, and the code comes with it."""
    return {
        "cart": {} if cart is None else _cart_values(contents, cart, mailing),
        "viewed": [item_values(one, mailing) for one in contents.viewed],
        "recommended": [item_values(one, mailing) for one in contents.recommended],
        "fixed": {id_: item_values(one, mailing) for id_, one in contents.fixed.items()},
        "coupons": {
            key: _offer_values(one, mailing, language, restore)
            for key, one in contents.offers.items()
        },
        "reviews": [_quote_values(one) for one in contents.quotes],
    }


def _cart_values(contents: Contents, cart: Cart, mailing: Mailing) -> dict[str, Any]:
    return {
        "id": cart.id,
        "count": cart.items(),
        "value": contents.worth,
        "currency": contents.currency,
        "lines": [item_values(one, mailing) for one in contents.lines],
        "abandoned_at": cart.abandoned_at,
        "url": cart.url,
    }


def item_values(item: Item, mailing: Mailing) -> dict[str, Any]:
    """One product; of what is sold out no stock is counted and no price is praised.

    Anybody can send events: an address that only they told leads to the shop's own host, or
    nowhere, so that nobody can have us send people elsewhere.
    """
    elsewhere = item.told_url and mailing.url is not None and not is_at_shop(mailing, item.url)
    leads = is_web_address(item.url) and not elsewhere
    return {
        "id": item.id,
        "name": item.name,
        "variant": item.variant or None,
        "brand": item.brand or None,
        "url": item.url if leads else None,
        "image": item.image if is_web_address(item.image) else None,
        "price": item.price,
        "old_price": None if item.sold_out else item.old_price,
        "chosen_price": None if item.sold_out else item.chosen_price,
        "currency": item.currency,
        "stock": 0 if item.sold_out else item.stock,
        "quantity": item.quantity,
        "sold_out": item.sold_out,
    }


def _offer_values(
    offer: Offer, mailing: Mailing, language: Language, restore: str
) -> dict[str, Any]:
    code, coupon = offer.code, offer.coupon
    applied = (mailing.code_url or "").replace(CODE, code.code)
    return {
        "code": code.code,
        "label": label_of(coupon, language),
        "terms": terms_of(coupon, language),
        "expires_at": None if code.expires >= FOREVER else code.expires,
        "url": applied or restore or None,
        "single_use": coupon.single_use,
    }


def label_of(coupon: Coupon, language: Language) -> str:
    """What a coupon gives, in a few words."""
    words = WORDS[language]
    match coupon.gives:
        case Percent(percent):
            return words["percent_off"].format(n=percent)
        case AmountOff(amount):
            return words["amount_off"].format(amount=_money(amount, coupon, language))
        case FreeShipping():
            return words["free_shipping"]


def terms_of(coupon: Coupon, language: Language) -> str:
    """What it asks for; empty where it asks for nothing."""
    words, found = WORDS[language], []
    if coupon.minimum is not None:
        found.append(words["from_amount"].format(amount=_money(coupon.minimum, coupon, language)))
    if coupon.products:
        found.append(words["some_products"])
    return " ".join(found)


def _money(amount: int, coupon: Coupon, language: Language) -> str:
    return money(Dialect(language), amount, coupon.currency)


def _quote_values(quote: Quote) -> dict[str, Any]:
    review = quote.review
    return {
        "author": review.author,
        "portrait": review.portrait or None,
        "rating": review.rating,
        "text": review.text,
        "product": quote.product,
    }


def occasion_values(occasion: Occasion, mailing: Mailing, currency: str) -> dict[str, Any]:
    """What began the run: the event's properties, its product and its order."""
    product, order = occasion.product, occasion.order
    return {
        "event": dict(occasion.properties),
        "product": {} if product is None else item_values(product, mailing),
        "order": {}
        if order is None
        else {
            "number": order.order_id or None,
            "value": order.value,
            "currency": order.currency or currency,
        },
    }
