"""Pictures of the demo shop: a quiet shape in the colours of the product's category, and faces."""

from html import escape
from typing import Final
from zlib import crc32

from cartback.demo.catalogue import Product

_HUES: Final = ("#fde68a", "#bbf7d0", "#bfdbfe", "#fecdd3", "#ddd6fe", "#fed7aa", "#a7f3d0")
_INKS: Final = ("#92400e", "#166534", "#1e40af", "#9f1239", "#5b21b6", "#9a3412", "#065f46")
_SHAPES: Final = {
    "cup": '<path d="M66 92h96v34a48 48 0 0 1-96 0z"/><path d="M162 98h14a18 18 0 0 1 0 36h-18"'
    ' fill="none" stroke-width="9"/><path d="M60 182h108" stroke-width="9"/>',
    "bunting": '<path d="M40 76q80 34 160 0" fill="none" stroke-width="7"/>'
    '<path d="M58 84l40 10-22 44zM101 93h38l-19 48zM142 94l40-10-18 54z"/>',
    "bag": '<rect x="72" y="92" width="96" height="88" rx="8"/><path d="M95 94a25 34 0 0 1 50 0"'
    ' fill="none" stroke-width="9"/>',
    "clock": '<circle cx="120" cy="126" r="50" fill="none" stroke-width="10"/>'
    '<path d="M120 96v32l22 14" fill="none" stroke-width="9"/>'
    '<path d="M86 76l-18 16M154 76l18 16" stroke-width="10"/>',
    "stand": '<ellipse cx="120" cy="162" rx="64" ry="12"/><ellipse cx="120" cy="124" rx="46" ry="9"'
    '/><ellipse cx="120" cy="90" rx="28" ry="7"/><path d="M120 58v120" stroke-width="7"/>'
    '<path d="M92 184h56" stroke-width="9"/>',
    "heart": '<path d="M120 184l-52-54a31 31 0 0 1 52-34 31 31 0 0 1 52 34z"/>'
    '<path d="M120 96q2-26 16-38" fill="none" stroke-width="7"/>',
    "sign": '<rect x="62" y="86" width="116" height="82" rx="8"/>'
    '<path d="M84 84l36-28 36 28" fill="none" stroke-width="7"/>',
    "box": '<path d="M120 66l60 30v62l-60 30-60-30V96z" fill="none" stroke-width="9"/>'
    '<path d="M60 96l60 30 60-30M120 126v62" fill="none" stroke-width="9"/>',
}
_MEANT: Final = (
    ("stand", "stand"),
    ("cup", "cup"),
    ("mug", "cup"),
    ("bunting", "bunting"),
    ("bag", "bag"),
    ("clock", "clock"),
    ("heart", "heart"),
    (" sign", "sign"),
    ("board", "sign"),
    ("frame", "sign"),
)


def picture(product: Product) -> str:
    """An SVG of 240 by 240."""
    place = crc32(product.category.encode()) % len(_HUES)
    name = product.name.lower()
    shape = _SHAPES[next((shape for word, shape in _MEANT if word in name), "box")]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" width="240" height="240">'
        f"<title>{escape(product.name)}</title>"
        f'<rect width="240" height="240" fill="{_HUES[place]}"/>'
        f'<g fill="{_INKS[place]}" stroke="{_INKS[place]}" stroke-linecap="round"'
        f' stroke-linejoin="round" stroke-width="0">{shape}</g></svg>'
    )


def portrait(name: str) -> str:
    """The first letter in a circle."""
    place = crc32(name.encode()) % len(_HUES)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 88 88" width="88" height="88">'
        f'<rect width="88" height="88" fill="{_HUES[place]}"/><text x="44" y="58" font-size="40"'
        f' font-family="sans-serif" text-anchor="middle" fill="{_INKS[place]}">'
        f"{escape(name[:1].upper())}</text></svg>"
    )
