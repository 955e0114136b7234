"""Every ready-made mail as a picture: both languages, desktop and phone, by day and in the dark.

    python scripts/picture_mails.py FOLDER          # all of them, to look at
    python scripts/picture_mails.py --docs          # those of docs/mails.md

It needs Chromium (`apt-get install chromium fonts-noto-cjk`). The shop, its person and their cart
are made up; the mails are made by what makes real ones.
"""

import os
import shutil
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final, NamedTuple

from playwright.sync_api import Browser, sync_playwright

from cartback.channels.email.filters import Dialect
from cartback.channels.email.ready import KEYS, ready
from cartback.channels.email.template import compile_template, render_template
from cartback.channels.email.wording import WORDS
from cartback.demo.catalogue import Product
from cartback.demo.storefront.pictures import picture, portrait
from cartback.domain.instant import DAY, Instant
from cartback.domain.template import Language

DOCS: Final = Path(__file__).resolve().parent.parent / "docs" / "pictures"
NOW: Final[Instant] = 1_793_000_000_000
WIDTHS: Final = {"desktop": 640, "phone": 360}
THEMES: Final = ("light", "dark")
LARGEST: Final = 60_000
"""Bytes of a picture in the docs."""


class Made(NamedTuple):
    """The made-up shop in one language: what it sells, who wrote of it, and its person."""

    shop: str
    address: str
    zone: str
    currency: str
    person: str
    goods: tuple[tuple[str, str, int, int | None, int | None], ...]
    said: tuple[tuple[str, int, str], ...]


SHOPS: Final[dict[Language, Made]] = {
    "en": Made(
        shop="Lamp & Linen",
        address="1 Example Street\n10115 Berlin",
        zone="Europe/Berlin",
        currency="EUR",
        person="Ada",
        goods=(
            ("Enamel mug, speckled", "cup", 1_400, None, 12),
            ("Three-tier cake stand", "stand", 4_900, 5_900, 3),
            ("Linen tote bag", "bag", 2_450, None, 40),
            ("Alarm clock, brass", "clock", 3_900, None, 9),
        ),
        said=(
            ("Bob", 5, "The cup I reach for first. It survives the dishwasher, too."),
            ("Cleo", 4, "No wobble, and it comes apart for the cupboard."),
        ),
    ),
    "ko": Made(
        shop="램프앤리넨",
        address="서울특별시 중구 예시로 1",
        zone="Asia/Seoul",
        currency="KRW",
        person="하늘",
        goods=(
            ("법랑 머그잔", "cup", 14_000, None, 12),
            ("3단 케이크 스탠드", "stand", 49_000, 59_000, 3),
            ("리넨 토트백", "bag", 24_500, None, 40),
            ("황동 알람 시계", "clock", 39_000, None, 9),
        ),
        said=(
            ("서준", 5, "가장 먼저 손이 가는 잔이에요. 식기세척기에도 끄떡없어요."),
            ("지민", 4, "흔들림이 없고, 분리해서 찬장에 넣을 수 있어요."),
        ),
    ),
}


def values_for(language: Language) -> dict[str, Any]:
    """What one person's mail is rendered with: two things left in a cart, two more beside."""
    made = SHOPS[language]
    goods = [_product(made, place) for place in range(len(made.goods))]
    site = "https://shop.example"
    return {
        "profile": {"first_name": made.person, "email": "ada@shop.example"},
        "cart": {
            "id": "c1",
            "lines": goods[:2],
            "count": 2,
            "value": sum(one["price"] for one in goods[:2]),
            "currency": made.currency,
            "abandoned_at": NOW,
        },
        "viewed": goods[:2],
        "recommended": goods[2:],
        "product": goods[1],
        "fixed": {},
        "coupons": {
            "come-back": {
                "code": "ADA-7KQ2M9",
                "label": WORDS[language]["percent_off"].format(n=10),
                "expires_at": NOW + 3 * DAY,
                "url": f"{site}/c/1",
                "single_use": True,
            }
        },
        "reviews": [
            {
                "author": author,
                "portrait": _inline(portrait(author)),
                "rating": stars,
                "text": text,
                "product": made.goods[place][0],
            }
            for place, (author, stars, text) in enumerate(made.said)
        ],
        "order": {"number": "10017", "value": 6_300, "currency": made.currency},
        "consent": {"yes": True, "at": NOW},
        "shop": {"name": made.shop, "url": site, "address": made.address},
        "links": {
            one: f"{site}/{one}"
            for one in ("restore", "unsubscribe", "preferences", "view", "confirm")
        },
        "now": NOW,
    }


def _product(made: Made, place: int) -> dict[str, Any]:
    name, shape, price, before, stock = made.goods[place]
    drawn = picture(Product(str(place), f"{name} {shape}", shape, price, 0, ()))
    return {
        "id": f"p-{place}",
        "name": name,
        "url": "https://shop.example/p",
        "image": _inline(drawn),
        "price": price,
        "old_price": before,
        "currency": made.currency,
        "stock": stock,
        "quantity": 1,
    }


def _inline(svg: str) -> str:
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def rendered(key: str, language: Language) -> tuple[str, str]:
    """Subject and HTML."""
    made = SHOPS[language]
    template = ready(key).template(language)
    compiled = compile_template(template, Dialect(language, made.zone, made.currency))
    mail = render_template(compiled, values_for(language))
    return mail.subject, mail.html


# --- pictures -------------------------------------------------------------------------------------


class Shot(NamedTuple):
    """One picture of a mail."""

    key: str
    language: Language
    device: str
    theme: str

    @property
    def name(self) -> str:
        return f"{self.key}-{self.language}-{self.device}-{self.theme}"


def all_shots() -> Iterator[Shot]:
    for key in KEYS:
        for language in SHOPS:
            for device in WIDTHS:
                for theme in THEMES:
                    yield Shot(key, language, device, theme)


SHEETS: Final[dict[str, tuple[str, ...]]] = {
    "leads": ("cart-help-lead", "cart-proof", "cart-coupon-lead"),
    "customers": ("cart-help-customer", "cart-proof", "cart-coupon-customer"),
    "looked": ("checkout-help-lead", "browse-lead", "browse-customer"),
    "products": ("price-drop-lead", "back-in-stock-lead", "cart-offer-lead"),
    "after": ("thanks-again", "win-back", "win-back-coupon"),
}
"""Pictures of docs/mails.md: three mails beside each other, one picture for each language."""


def take(browser: Browser, shot: Shot) -> bytes:
    """The whole mail from top to bottom."""
    context = browser.new_context(
        viewport={"width": WIDTHS[shot.device], "height": 400},
        color_scheme="dark" if shot.theme == "dark" else "light",
    )
    page = context.new_page()
    page.set_content(rendered(shot.key, shot.language)[1])
    taken = page.screenshot(full_page=True)
    context.close()
    return taken


_AS_WEBP: Final = """async (taken) => {
  const picture = new Image();
  picture.src = taken;
  await picture.decode();
  const canvas = Object.assign(document.createElement("canvas"),
    { width: picture.width, height: picture.height });
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas.toDataURL("image/webp", 0.72).split(",")[1];
}"""
"""The browser packs it: a PNG is three times as large."""


def lay(browser: Browser, shots: Sequence[Shot], file: Path) -> None:
    """Mails beside each other, with their subjects above."""
    figures = "".join(
        f"<figure><figcaption>{escape(rendered(one.key, one.language)[0])}</figcaption>"
        f'<img src="data:image/png;base64,{b64encode(take(browser, one)).decode()}"></figure>'
        for one in shots
    )
    width = 720 if shots[0].device == "phone" else 960
    page = browser.new_page(viewport={"width": width, "height": 200})
    page.set_content(
        "<style>body{margin:0;padding:12px;display:flex;gap:12px;align-items:start;background:#fff;"
        "font:600 13px/18px sans-serif;color:#1f2937}figure{margin:0;flex:1}img{width:100%;"
        "border:1px solid #e4e4df;border-radius:6px;display:block}figcaption{height:38px;"
        f"overflow:hidden;padding:0 2px 6px}}</style>{figures}"
    )
    taken = "data:image/png;base64," + b64encode(page.screenshot(full_page=True)).decode()
    file.write_bytes(b64decode(page.evaluate(_AS_WEBP, taken)))
    page.close()
    if file.stat().st_size > LARGEST:
        sys.exit(f"{file} has {file.stat().st_size} bytes, more than {LARGEST}")


def picture_docs(browser: Browser) -> None:
    for language in SHOPS:
        for name, keys in SHEETS.items():
            shots = [Shot(key, language, "desktop", "light") for key in keys]
            lay(browser, shots, DOCS / f"mails-{name}-{language}.webp")
        phones = [Shot("cart-help-lead", language, "phone", theme) for theme in THEMES]
        proof = Shot("cart-coupon-lead", language, "phone", "dark")
        lay(browser, [*phones, proof], DOCS / f"mails-phone-{language}.webp")


def main(wanted: str) -> None:
    found = os.environ.get("CARTBACK_CHROMIUM") or shutil.which("chromium") or ""
    folder = DOCS if wanted == "--docs" else Path(wanted)
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        if wanted == "--docs":
            picture_docs(browser)
        else:
            for shot in all_shots():
                (folder / f"{shot.name}.png").write_bytes(take(browser, shot))
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
