"""Weights of the shipped format with random numbers, made once a run and found by fresh processes, too."""

from __future__ import annotations

from collections.abc import Iterator

import fabricated
import pytest
from builtin import WEIGHTS_VARIABLE


@pytest.fixture(scope="session", autouse=True)
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    root = tmp_path_factory.mktemp("weights")
    fabricated.faithfulness(root)
    fabricated.toxicity(root)
    fabricated.injection(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(WEIGHTS_VARIABLE, str(root))
        yield
