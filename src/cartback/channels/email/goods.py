"""Products, codes and reviews as MJML with Liquid: a loop over what is known of this person.

Tables within one mj-text: the loop stays inside one element, so that none, one or many rows are
balanced HTML in every client, Outlook too.
"""

from typing import TYPE_CHECKING, Final

from cartback.domain.block import Coupon, Product, Review

if TYPE_CHECKING:
    from cartback.channels.email.blocks import Drawing

LISTS: Final = {"abandoned_cart": "cart.lines", "viewed": "viewed", "recommended": "recommended"}
_TABLE: Final = (
    'role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"'
    ' style="border-collapse:collapse"'
)
_RULE: Final = "border-top:1px solid #e4e4df"
_QUIET: Final = (
    'style="color:#5f6368;font-size:14px;line-height:20px;font-weight:400" class="cb-quiet-ink"'
)


def product(drawing: "Drawing", block: Product) -> str:
    """The products of the block's source, in its layout; nothing where there are none."""
    shapes = {"rows": _row, "cards": _card, "large": _large}
    inside = shapes[block.layout](drawing, block)
    return (
        '<mj-text padding="8px 16px" font-size="16px" line-height="24px" css-class="cb-ink">'
        + drawing.liquid(_title(drawing, block.title, _some(block)))
        + drawing.liquid(_loop(block, inside, _more(drawing, block) + _total(drawing, block)))
        + "</mj-text>"
    )


def _some(block: Product) -> str:
    """Whether there is anything to show, as Liquid asks it."""
    match block.source:
        case "product":
            return "product.name"
        case "fixed":
            return "fixed.size > 0"
        case source:
            return f"{LISTS[source]}.size > 0"


def _title(drawing: "Drawing", title: str, some: str) -> str:
    """A heading of its own, which stands only where something follows."""
    if not title.strip():
        return ""
    return (
        f"{{% if {some} %}}"
        '<h3 style="margin:8px 0;font-size:18px;line-height:26px;font-weight:700">'
        f"{drawing.line(title)}</h3>{{% endif %}}"
    )


def _loop(block: Product, inside: str, more: str) -> str:
    if block.source == "product":
        return f"{{% assign item = product %}}{{% if item.name %}}{inside}{{% endif %}}"
    if block.source != "fixed":
        name = LISTS[block.source]
        return f"{{% for item in {name} limit: {block.most} %}}{inside}{{% endfor %}}{more}"
    return "".join(
        f"{{% assign item = fixed[{_literal(one)}] %}}{{% if item %}}{inside}{{% endif %}}"
        for one in block.ids[: block.most]
    )


def _more(drawing: "Drawing", block: Product) -> str:
    """How many products of the cart are not shown."""
    if block.source != "abandoned_cart":
        return ""
    words = drawing.words["more"].format(n="{{ rest }}")
    return (
        f"{{% if cart.lines.size > {block.most} %}}"
        f"{{% assign rest = cart.lines.size | minus: {block.most} %}}"
        f"<div {_QUIET}>{words}</div>{{% endif %}}"
    )


def _total(drawing: "Drawing", block: Product) -> str:
    """What all of the cart is worth now, also of products that are not shown."""
    if block.source != "abandoned_cart" or not block.total:
        return ""
    return (
        f"{{% if cart.lines.size > 0 and cart.value > 0 %}}<table {_TABLE}><tr>"
        f'<td style="padding:12px 0;{_RULE}" class="cb-rule">{drawing.words["total"]}</td>'
        f'<td align="right" style="padding:12px 0;font-weight:700;{_RULE}" class="cb-rule">'
        "{{ cart.value | money: cart.currency }}</td></tr></table>{% endif %}"
    )


def _literal(text: str) -> str:
    """A text as a Liquid literal, which knows no escapes."""
    quote = "'" if '"' in text else '"'
    return quote + text.replace(quote, "").replace("{", "").replace("}", "") + quote


def _picture(width: int, radius: int) -> str:
    """Decorative: the name stands beside it, so it is read out once only."""
    return (
        '{% if item.image %}<a href="{{ item.url | default: links.restore }}"'
        ' aria-hidden="true" tabindex="-1">'
        f'<img src="{{{{ item.image }}}}" alt="" width="{width}"'
        f' style="display:block;width:100%;max-width:{width}px;height:auto;border:0;'
        f'border-radius:{radius}px" /></a>{{% endif %}}'
    )


def _words(drawing: "Drawing", block: Product) -> str:
    words, look = drawing.words, drawing.look
    lines = [
        '<a href="{{ item.url | default: links.restore }}"'
        f' style="color:{look.ink};text-decoration:none;font-weight:700" class="cb-name">'
        "{{ item.name }}</a>",
        f"{{% if item.variant %}}<div {_QUIET}>{{{{ item.variant }}}}</div>{{% endif %}}",
        f"{{% if item.quantity > 1 %}}<div {_QUIET}>{words['quantity']} {{{{ item.quantity }}}}"
        "</div>{% endif %}",
    ]
    if block.price and block.layout != "rows":
        lines.append(_price(drawing, block))
    if block.price:
        lines.append(_fall(drawing))
    if block.stock:
        lines.append(_stock(drawing, block))
    if block.button:
        lines.append(
            '<div style="padding-top:8px"><a href="{{ item.url | default: links.restore }}"'
            f' class="cb-link" style="color:{look.accent};font-weight:700">'
            f"{drawing.line(block.button)}</a></div>"
        )
    return "".join(lines)


def _price(drawing: "Drawing", block: Product, between: str = " ") -> str:
    now = "{{ item.price | money: item.currency }}"
    old = ""
    if block.old_price:
        old = (
            "{% if item.old_price and item.old_price > item.price"
            " and item.old_price != item.chosen_price %}"
            f'{between}<s {_QUIET} title="{drawing.words["was"]}">'
            "{{ item.old_price | money: item.currency }}</s>{% endif %}"
        )
    return f"{{% if item.price != nil %}}<div>{now}{old}</div>{{% endif %}}"


def _fall(drawing: "Drawing") -> str:
    """What it cost when it was chosen, where it costs less now."""
    was = drawing.words["price_fell"].format(was="{{ item.chosen_price | money: item.currency }}")
    return (
        "{% if item.price != nil and item.chosen_price and item.price < item.chosen_price %}"
        f"<div {_QUIET}>{was}</div>{{% endif %}}"
    )


def _stock(drawing: "Drawing", block: Product) -> str:
    words = drawing.words
    few = words["left"].format(n="{{ item.stock }}")
    return (
        f"{{% if item.sold_out or item.stock == 0 %}}<div {_QUIET}>{words['sold_out']}</div>"
        f"{{% elsif item.stock == 1 and {block.low_stock} > 0 %}}"
        f"<div {_QUIET}>{words['last_one']}</div>"
        f"{{% elsif item.stock != nil and item.stock <= {block.low_stock} %}}"
        f"<div {_QUIET}>{few}</div>{{% endif %}}"
    )


def _row(drawing: "Drawing", block: Product) -> str:
    price = ""
    if block.price:
        price = (
            f'<td align="right" valign="top" class="cb-rule" style="padding:12px 0 12px 12px;'
            f'font-weight:700;white-space:nowrap;{_RULE}">{_price(drawing, block, "<br />")}</td>'
        )
    return (
        f'<table {_TABLE}><tr>{{% if item.image %}}<td width="88" valign="top" class="cb-rule"'
        f' style="width:88px;padding:12px 16px 12px 0;{_RULE}">'
        f"{_picture(88, drawing.look.radius)}</td>{{% endif %}}"
        f'<td valign="top" class="cb-rule" style="padding:12px 0;{_RULE}">'
        f"{_words(drawing, block)}</td>{price}</tr></table>"
    )


def _card(drawing: "Drawing", block: Product) -> str:
    return (
        '<div class="cb-card"><div style="padding:8px 16px 8px 0">'
        f'{_picture(252, drawing.look.radius)}<div style="padding-top:8px">'
        f"{_words(drawing, block)}</div></div></div>"
    )


def _large(drawing: "Drawing", block: Product) -> str:
    return (
        f'<div style="padding:8px 0 16px">{_picture(536, drawing.look.radius)}'
        f'<div style="padding-top:12px">{_words(drawing, block)}</div></div>'
    )


def coupon(drawing: "Drawing", block: Coupon) -> str:
    """The person's own code; nothing where there is none, so that no mail promises one."""
    words, look = drawing.words, drawing.look
    have = f"coupons[{_literal(block.coupon)}]"
    until = words["valid_until"].format(at="{{ offer.expires_at | date_time }}")
    texts = "".join(
        f'<div style="padding-bottom:6px">{one}</div>' for one in drawing.text(block.text)
    )
    button = (
        "{% if offer.url %}"
        '<div style="padding-top:12px"><a href="{{ offer.url }}" class="cb-link"'
        f' style="color:{look.accent};font-weight:700">{drawing.line(block.button)}</a></div>'
        "{% endif %}"
        if block.button
        else ""
    )
    table = 'role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"'
    inside = (
        f"{{% assign offer = {have} %}}{{% if offer.code %}}"
        f'<table {table} class="cb-box" style="border:2px dashed {look.accent};'
        f'border-radius:{look.radius}px;background:#fafaf7"><tr>'
        f'<td align="center" style="padding:18px 16px;text-align:center">{texts}'
        '{% if offer.label %}<div style="font-size:20px;line-height:28px;font-weight:700;'
        'padding-bottom:6px">{{ offer.label }}</div>{% endif %}'
        f"<div {_QUIET}>{words['your_code']}</div>"
        '<div class="cb-code" style="font-family:Menlo,Consolas,monospace;font-size:24px;'
        'line-height:34px;font-weight:700;letter-spacing:2px;overflow-wrap:anywhere">'
        "{{ offer.code }}</div>"
        f"<div {_QUIET}>{{% if offer.expires_at %}}{until} {{% endif %}}"
        f"{{% if offer.single_use %}}{words['only_yours']}{{% endif %}}"
        "{% if offer.terms %} {{ offer.terms }}{% endif %}</div>"
        f"{button}</td></tr></table>{{% endif %}}"
    )
    return (
        '<mj-text padding="12px 16px" font-size="16px" line-height="24px" css-class="cb-ink">'
        + drawing.liquid(inside)
        + "</mj-text>"
    )


def review(drawing: "Drawing", block: Review) -> str:
    """What buyers wrote; nothing where nobody did."""
    words = drawing.words
    stars = words["stars"].format(n="{{ review.rating }}")
    face = (
        '{% if review.portrait %}<td width="56" valign="top" style="width:56px;padding:4px 12px'
        ' 0 0"><img src="{{ review.portrait }}" alt="" width="44" height="44"'
        ' style="display:block;border-radius:22px" /></td>{% endif %}'
        if block.portrait
        else ""
    )
    table = 'role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"'
    about = (
        f"{{% if review.product %}}, {words['at_reviews']} {{{{ review.product }}}}{{% endif %}}"
    )
    inside = _title(drawing, block.title, "reviews.size > 0") + (
        f"{{% for review in reviews limit: {block.most} %}}"
        f'<table {table} style="border-collapse:collapse"><tr>{face}'
        '<td valign="top" style="padding:4px 0 12px">'
        f'{{% if review.rating %}}<div role="img" aria-label="{stars}" style="color:#a16207;'
        'letter-spacing:2px">{{ review.rating | stars }}</div>{% endif %}'
        f"<div>{{{{ review.text | truncate: 400 }}}}</div>"
        f"<div {_QUIET}>{{{{ review.author }}}}{about}</div></td></tr></table>{{% endfor %}}"
    )
    return (
        '<mj-text padding="8px 16px" font-size="16px" line-height="24px" css-class="cb-ink">'
        + drawing.liquid(inside)
        + "</mj-text>"
    )
