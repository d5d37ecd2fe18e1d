"""What tests of the API share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from evaluator.store.store import Store
from tests.support.doors import Doors
from tests.support.house import House


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    store = Store(sqlite_url)
    yield House(store)
    store.close()


@pytest.fixture
def client(doors: Doors) -> Iterator[TestClient]:
    """A client without a key, of a service that asks for one."""
    with doors.client() as found:
        yield found
