"""The mappings in docs/replay.md can be copied as they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cartback.domain.event import Event
from cartback.sources.file import LogFile, Mapping, parse_mapping

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "replay.md").read_text("utf-8")
MAPPINGS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def read(path: Path, mapping: Mapping, text: str) -> list[Event]:
    path.write_bytes(text.encode(mapping.encoding))
    log = LogFile(path, shop=1, format="csv", mapping=mapping)
    return [one.outcome for one in log.read() if isinstance(one.outcome, Event)]


def test_the_first_is_the_one_that_the_real_log_is_read_with() -> None:
    tested = (ROOT / "tests" / "data" / "mapping" / "cart_log.yaml").read_text("utf-8")
    assert parse_mapping(MAPPINGS[0]) == parse_mapping(tested)


@pytest.mark.parametrize(
    "place, text, metric, properties",
    [
        (
            0,
            "time_utc,visitorid,session_key,event,exact\n"
            "2015-05-03 03:00:29.040,7,7_1,transaction,False\n",
            "Placed Order",
            {"cart_id": "7_1", "session": "7_1", "exact": False},
        ),
        (
            1,
            "Order,Created at,Customer ID,Email,Phone,Total,Accepts marketing\n"
            '1001,28/02/2026 21:10,17,Ada@example.com,,"1,234.50",yes\n',
            "Placed Order",
            {"order_id": "1001", "value": 123450, "currency": "GBP"},
        ),
        (
            2,
            "zeit;besucher;aktion;artikel;preis\n"
            "1772366400;b1;ansicht;Käse;12,50\n1772366401;b1;klick;;-\n",
            "Viewed Product",
            {"product_id": "Käse", "price": 1250, "currency": "EUR"},
        ),
    ],
)
def test_each_reads_a_file_as_it_says(
    tmp_path: Path, place: int, text: str, metric: str, properties: dict[str, object]
) -> None:
    (event,) = read(tmp_path / "log.csv", parse_mapping(MAPPINGS[place]), text)
    assert (event.metric, event.properties) == (metric, properties)


def test_the_small_log_can_be_read_with_its_mapping() -> None:
    examples = ROOT / "docs" / "examples"
    mapping = parse_mapping((examples / "carts.yaml").read_text("utf-8"))
    log = LogFile(examples / "carts.csv", shop=1, format="csv", mapping=mapping)
    events = [one.outcome for one in log.read()]
    assert len(events) == 11
    assert all(isinstance(event, Event) for event in events)


def test_the_native_line_can_be_copied_too(tmp_path: Path) -> None:
    (line,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "log.jsonl"
    file.write_text(line)
    ((_, _, event),) = LogFile(file, shop=1).read()
    assert isinstance(event, Event)
    assert event.properties == json.loads(line)["properties"]
