"""What the blocks of a mail and their fields are called, and what stands in a new one."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from cartback.domain.template import Language

Say: TypeAlias = Callable[[str], str]

STARTERS: Final[Mapping[Language, Mapping[str, Mapping[str, str]]]] = {
    "en": {
        "text": {"text": "Write what you would tell them in person."},
        "heading": {"text": "A line that leads"},
        "button": {"text": "Back to my cart", "url": "{{ links.restore }}"},
        "footer": {"text": "You get this mail because you agreed to hear from {{ shop.name }}."},
        "html": {"html": "<p></p>"},
        "mjml": {
            "mjml": '<mj-section css-class="cb-paper">\n  <mj-column>\n'
            '    <mj-text css-class="cb-ink">…</mj-text>\n  </mj-column>\n</mj-section>'
        },
    },
    "ko": {
        "text": {"text": "고객에게 전하고 싶은 말을 써 주세요."},
        "heading": {"text": "눈에 띄는 한 줄"},
        "button": {"text": "내 장바구니 열기", "url": "{{ links.restore }}"},
        "footer": {"text": "{{ shop.name }}의 메일 수신에 동의하셔서 보내 드려요."},
        "html": {"html": "<p></p>"},
        "mjml": {
            "mjml": '<mj-section css-class="cb-paper">\n  <mj-column>\n'
            '    <mj-text css-class="cb-ink">…</mj-text>\n  </mj-column>\n</mj-section>'
        },
    },
}
"""By language of the mail: what a new block says, where its defaults say nothing."""


class Called(NamedTuple):
    """`kinds` by kind; `labels` and `hints` by field, or by `kind.field` where that differs;
    `choices` by `field.value`, or by `kind.field.value`."""

    kinds: Mapping[str, str]
    about: Mapping[str, str]
    labels: Mapping[str, str]
    hints: Mapping[str, str]
    choices: Mapping[str, str]

    def label(self, kind: str, name: str) -> str:
        return self.labels.get(f"{kind}.{name}") or self.labels[name]

    def hint(self, kind: str, name: str) -> str:
        return self.hints.get(f"{kind}.{name}") or self.hints.get(name, "")

    def choice(self, kind: str, name: str, value: str) -> str:
        return self.choices.get(f"{kind}.{name}.{value}") or self.choices[f"{name}.{value}"]


def called(say: Say) -> Called:
    """The words, as `say` translates them."""
    return Called(_kinds(say), _about(say), _labels(say), _hints(say), _choices(say))


def _kinds(say: Say) -> dict[str, str]:
    return {
        "text": say("Text"),
        "heading": say("Heading"),
        "image": say("Image"),
        "button": say("Button"),
        "columns": say("Columns"),
        "product": say("Products"),
        "coupon": say("Coupon"),
        "review": say("Reviews"),
        "divider": say("Line"),
        "spacer": say("Space"),
        "header": say("Header"),
        "footer": say("Footer"),
        "html": say("HTML"),
        "mjml": say("MJML"),
    }


def _about(say: Say) -> dict[str, str]:
    """What there is to say of a block besides its fields."""
    return {
        "coupon": say("Each person's own code. Where somebody gets none, nothing stands here."),
        "review": say("What buyers wrote about these products; nothing where nobody did."),
        "header": say("Your logo from the settings, or the shop's name; it leads to the shop."),
        "footer": say("Your address and the links to unsubscribe follow by themselves."),
        "divider": say("A thin line across. There is nothing to set."),
        "columns": say("Beside each other on a computer, one below the other on a phone."),
        "mjml": say("Whole sections of your own, for who knows MJML."),
        "html": say("Your own HTML, as it is. Mail programs leave scripts and forms out."),
    }


def _labels(say: Say) -> dict[str, str]:
    return {
        "text": say("Text"),
        "align": say("Where it stands"),
        "size": say("Size of the letters"),
        "level": say("Size"),
        "url": say("Leads to"),
        "image.url": say("Address of the picture"),
        "alt": say("What is in the picture"),
        "link": say("Leads to"),
        "width": say("Width in pixels"),
        "column.width": say("Width in percent"),
        "look": say("Look"),
        "height": say("Height in pixels"),
        "source": say("Which products"),
        "layout": say("How they are shown"),
        "most": say("At most"),
        "price": say("Price"),
        "old_price": say("Price before, struck out"),
        "stock": say("How many are left, when they are few"),
        "low_stock": say("Few are at most"),
        "title": say("Heading above"),
        "total": say("What the cart is worth, below"),
        "button": say("Words of a link below"),
        "product.button": say("Words of a link at each product"),
        "ids": say("Which ones, by their ids"),
        "coupon": say("Which coupon"),
        "needed": say("Without a code, send no mail"),
        "portrait": say("Picture of the author"),
        "html": say("HTML"),
        "mjml": say("MJML"),
        "subject": say("Subject"),
        "preheader": say("Preview text"),
        "sender_name": say("Sender's name"),
        "language": say("Language of the mail"),
        "template.text": say("Text part"),
        "advertising": say("This is advertising"),
        "accent": say("Buttons and links"),
        "on_accent": say("Words on buttons"),
        "ink": say("Words"),
        "paper": say("Paper"),
        "ground": say("Around the paper"),
        "radius": say("Round corners, in pixels"),
    }


def _hints(say: Say) -> dict[str, str]:
    return {
        "text.text": say(
            "An empty line begins a paragraph. **bold**, *slanted*, [words](https://…)"
        ),
        "alt": say("Read aloud, and shown where pictures are off."),
        "image.width": say("Left empty: as wide as there is room."),
        "column.width": say("Left empty, the columns share alike."),
        "link": say("Left empty, it leads nowhere."),
        "title": say("Stands there only where something follows."),
        "total": say("Only for what they left in their cart."),
        "low_stock": say("Only the true number is ever shown. 0: never."),
        "ids": say("One on each line."),
        "product.button": say("Such as “Look at it again”. Left empty, there is none."),
        "coupon.button": say("Leads to the shop with the code at hand. Left empty, there is none."),
        "preheader": say("Stands beside the subject in the inbox."),
        "sender_name": say("Left empty: the name in the settings."),
        "template.text": say("Left empty, it is made from the blocks."),
        "advertising": say(
            "Then the law asks for a footer with your address and a way to unsubscribe."
        ),
    }


def _choices(say: Say) -> dict[str, str]:
    return {
        "align.left": say("On the left"),
        "align.center": say("In the middle"),
        "align.right": say("On the right"),
        "size.small": say("Small"),
        "size.normal": say("Normal"),
        "size.large": say("Large"),
        "level.1": say("Large"),
        "level.2": say("Medium"),
        "level.3": say("Small"),
        "look.filled": say("Filled"),
        "look.quiet": say("Outlined"),
        "source.abandoned_cart": say("Left in their cart"),
        "source.viewed": say("Looked at lately"),
        "source.recommended": say("Recommended"),
        "source.product": say("The one that the automation is about"),
        "source.fixed": say("These ones"),
        "layout.rows": say("Rows: picture left, words right"),
        "layout.cards": say("Two beside each other"),
        "layout.large": say("Large pictures, one below the other"),
        "language.en": "English",
        "language.ko": "한국어",
    }
