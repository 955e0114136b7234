"""Pictures of the demo shop: a quiet shape in the colours of the product's category, and faces."""

from html import escape
from typing import Final
from zlib import crc32

from cartback.demo.catalogue import Product

_HUES: Final = ("#fde68a", "#bbf7d0", "#bfdbfe", "#fecdd3", "#ddd6fe", "#fed7aa", "#a7f3d0")
_INKS: Final = ("#92400e", "#166534", "#1e40af", "#9f1239", "#5b21b6", "#9a3412", "#065f46")
_SHAPES: Final = (
    '<path d="M70 95h100v30a50 50 0 0 1-100 0z"/><path d="M170 100h14a18 18 0 0 1 0 36h-18"'
    ' fill="none" stroke-width="9"/>',
    '<path d="M50 80l30 62 30-62 30 62 30-62 20 42" fill="none" stroke-width="10"/>',
    '<rect x="72" y="90" width="96" height="86" rx="8"/><path d="M95 92a25 32 0 0 1 50 0"'
    ' fill="none" stroke-width="9"/>',
    '<circle cx="120" cy="122" r="50" fill="none" stroke-width="10"/><path d="M120 92v32l22 14"'
    ' fill="none" stroke-width="9"/>',
    '<ellipse cx="120" cy="160" rx="62" ry="12"/><ellipse cx="120" cy="124" rx="44" ry="9"/>'
    '<ellipse cx="120" cy="92" rx="27" ry="7"/><path d="M120 60v100" stroke-width="7"/>',
    '<path d="M76 110l44-42 44 42v62H76z"/>',
    '<path d="M98 84h44v26a22 22 0 0 1-44 0z"/><path d="M120 132v38M96 172h48"'
    ' fill="none" stroke-width="8"/>',
)


def picture(product: Product) -> str:
    """An SVG of 240 by 240."""
    place = crc32(product.category.encode()) % len(_HUES)
    shape = _SHAPES[crc32(product.code.encode()) % len(_SHAPES)]
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
