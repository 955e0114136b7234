"""Lists as CSV files for spreadsheets: streamed, and nothing in them is taken for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from starlette.responses import StreamingResponse

_FORMULA: Final = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""How a formula begins (OWASP, CSV injection), also in full width or behind spaces."""
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
_MARK: Final = "\ufeff"
"""By this some spreadsheets know UTF-8, and write Korean names right."""


def sheet(name: str, pages: Iterable[Iterable[Sequence[str]]]) -> StreamingResponse:
    """A download of the rows, a page at a time, so that their number does not matter."""
    body = (_MARK * (number == 0) + written(rows) for number, rows in enumerate(pages))
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(body, media_type="text/csv; charset=utf-8", headers=headers)


def written(rows: Iterable[Sequence[str]]) -> str:
    """The rows as RFC 4180 has them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def safe(cell: str) -> str:
    """A cell that is text to every spreadsheet; a number, such as a phone's, stays one."""
    if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
