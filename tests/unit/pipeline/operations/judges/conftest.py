"""A house that a judge has worked in; no test changes it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from evaluator.bootstrap import Services
from tests.support.judges import judged_house


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with judged_house(tmp_path_factory.mktemp("judged") / "house.db", 90) as services:
        yield services
