"""`python -m bench [SECTION ...] [--json FILE] [--quick]`: measure, and print a table and JSON."""

import argparse
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from bench import door, exits, flows, ingestion, mail, pages, people
from bench.figure import Figure, table

SECTIONS: dict[str, Callable[[bool], Iterator[Figure]]] = {
    "ingest": lambda quick: ingestion.figures(10_000 if quick else 100_000),
    "door": lambda quick: door.figures(20_000 if quick else 200_000),
    "exits": lambda quick: exits.figures(*((100_000, 5_000) if quick else (1_000_000, 20_000))),
    "flows": lambda quick: flows.figures(*((16_000, 10_000) if quick else (80_000, 100_000))),
    "mail": lambda quick: mail.figures(1_000 if quick else 10_000),
    "people": lambda quick: people.figures(
        *((100_000, 1_000_000) if quick else (1_000_000, 10_000_000))
    ),
    "pages": lambda quick: pages.figures(
        *((100_000, 1_000_000) if quick else (1_000_000, 10_000_000))
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, to try it")
    chosen = parser.parse_args()
    unknown = set(chosen.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    for name in chosen.sections or SECTIONS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        figures += SECTIONS[name](chosen.quick)
    print(table(figures))
    if chosen.json:
        chosen.json.write_bytes(msgspec.json.format(msgspec.json.encode(_document(figures))))


def _document(figures: list[Figure]) -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "figures": [
            {**msgspec.to_builtins(one), "ratio": one.ratio, "reached": one.reached}
            for one in figures
        ],
    }


if __name__ == "__main__":
    main()
