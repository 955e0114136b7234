"""What the console and the pages of mail links say, gathered: python scripts/messages.py

Prints the messages that `locale/ko.po` lacks, as entries to be filled in, and those that it has
and nobody says any more.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

WEB: Final = Path(__file__).parent.parent / "src" / "cartback" / "web"
CONSOLE: Final = WEB / "console"
SPEAK: Final = (CONSOLE, WEB / "mail")
KEYWORDS: Final = {"gettext": None, "_": None, "say": None, "ngettext": (1, 2)}
OPTIONS: Final = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


def said() -> Iterator[str]:
    """Every message by its English; of a plural its singular."""
    for folder in SPEAK:
        for path in sorted((folder / "templates").glob("*.html")):
            yield from _of("jinja2.ext:babel_extract", path)
        for path in sorted(folder.rglob("*.py")):
            yield from _of("python", path)


def _of(method: str, path: Path) -> Iterator[str]:
    for _, message, _, _ in extract_from_file(method, path, keywords=KEYWORDS, options=OPTIONS):
        yield message if isinstance(message, str) else message[0]


def known() -> dict[str, str]:
    """What the catalogue says in Korean."""
    with (CONSOLE / "locale" / "ko.po").open("rb") as file:
        catalog = read_po(file, locale="ko", abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalog if message.id}


def main() -> None:
    wanted, have = dict.fromkeys(said()), known()
    for message in wanted:
        if not have.get(message):
            text = message.replace("\\", "\\\\").replace('"', '\\"')
            print(f'msgid "{text}"\nmsgstr ""\n')  # noqa: T201  its output
    for message in have:
        if message not in wanted:
            print(f"# nobody says: {message}")  # noqa: T201  likewise


if __name__ == "__main__":
    main()
