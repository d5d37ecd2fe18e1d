"""What tests of the API share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.support.doors import Doors


@pytest.fixture
def client(doors: Doors) -> Iterator[TestClient]:
    """A client without a key, of a service that asks for one."""
    with doors.client() as found:
        yield found
