"""The head of every mail: fonts that have Korean, colours for light and dark, fluid on a phone."""

from typing import Final

from cartback.domain.template import Look

FONTS: Final = (
    "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'Apple SD Gothic Neo', 'Malgun Gothic',"
    " 'Noto Sans KR', Helvetica, Arial, sans-serif"
)
"""None that MJML lets readers fetch from Google; Roboto is Android's sans-serif anyway."""
_DARK: Final = {"ground": "#101214", "paper": "#1b1e21", "ink": "#f1f3f4", "quiet": "#b3b8bd"}

_STYLE: Final = """
body, td, p, h1, h2, h3 {{ word-break: keep-all; overflow-wrap: break-word; }}
.cb-link {{ color: {accent}; text-decoration: underline; }}
.cb-card {{ display: inline-block; width: 100%; max-width: 268px; vertical-align: top; }}
@media (max-width: 480px) {{
  .cb-button table, .cb-quiet table {{ width: 100% !important; }}
  .cb-button a, .cb-quiet a {{ display: block !important; text-align: center; }}
  .cb-card {{ width: 50% !important; }}
  .cb-code {{ font-size: 17px !important; letter-spacing: 1px !important; }}
}}
"""

_NIGHT: Final = """
:root {{ color-scheme: light dark; supported-color-schemes: light dark; }}
@media (prefers-color-scheme: dark) {{
  body, .cb-ground, .cb-ground > table, .cb-ground > div {{ background: {ground} !important; }}
  .cb-ground {{ background-color: {ground} !important; }}
  .cb-paper, .cb-paper > table {{ background: {paper} !important;
    background-color: {paper} !important; }}
  .cb-ink div, .cb-ink p, .cb-ink h1, .cb-ink h2, .cb-ink h3, .cb-ink td, .cb-name
    {{ color: {ink} !important; }}
  .cb-quiet-ink, .cb-quiet-ink div, .cb-ink .cb-quiet-ink {{ color: {quiet} !important; }}
  .cb-link {{ color: {bright} !important; }}
  .cb-quiet td, .cb-quiet a {{ color: {bright} !important; border-color: {bright} !important; }}
  .cb-line p, .cb-rule {{ border-color: #3c4043 !important; }}
  .cb-box {{ background: #24282c !important; border-color: #4a4f54 !important; }}
  .cb-box td, .cb-box div {{ color: {ink} !important; }}
}}
"""


def head(look: Look, preview: str) -> str:
    """`<mj-head>` with the preheader, if there is one."""
    day = _STYLE.format(accent=look.accent)
    night = _NIGHT.format(**_DARK, bright=lighter(look.accent))
    shown = f"<mj-preview>{preview}</mj-preview>" if preview else ""
    return (
        '<mj-head><mj-raw><meta name="color-scheme" content="light dark" />'
        '<meta name="supported-color-schemes" content="light dark" /></mj-raw>'
        f"{shown}<mj-attributes>"
        f'<mj-all font-family="{FONTS}" color="{look.ink}" />'
        f"</mj-attributes><mj-style>{day}{night}</mj-style></mj-head>"
    )


def lighter(colour: str) -> str:
    """The colour half way to white, to be read on dark ground."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{(one + 255) // 2:02x}" for one in parts)
