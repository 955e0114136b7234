"""A door with a receiver in memory behind it, and somebody to knock."""

import pytest
from starlette.testclient import TestClient

from cartback.domain.instant import parse_instant
from tests.web.receiver import MemoryReceiver, collect_into

START = parse_instant("2026-03-01T12:00:00Z")


@pytest.fixture
def receiver() -> MemoryReceiver:
    return MemoryReceiver()


@pytest.fixture
def client(receiver: MemoryReceiver) -> TestClient:
    return TestClient(collect_into(receiver, START))
