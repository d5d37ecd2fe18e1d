"""Weights with random numbers, made once a run and found by fresh processes, too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import fabricated
from tests.support.builtin import CHECKPOINTS_VARIABLE, WEIGHTS_VARIABLE


@pytest.fixture(scope="session", autouse=True)
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    root = tmp_path_factory.mktemp("weights")
    fabricated.faithfulness(root)
    fabricated.toxicity(root)
    fabricated.injection(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(WEIGHTS_VARIABLE, str(root))
        yield


@pytest.fixture(scope="session")
def random_checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A checkpoint of each kind of Hugging Face model (see `on_checkpoint`)."""
    from tests.support import checkpoints

    root = tmp_path_factory.mktemp("checkpoints")
    checkpoints.deberta(root / "deberta")
    checkpoints.deberta(root / "injection", ("SAFE", "INJECTION"))
    checkpoints.roberta(root / "minicheck", ("0", "1"))
    checkpoints.t5(root / "t5")
    checkpoints.hhem(root / "hhem")
    checkpoints.modernbert(root / "lettuce")
    checkpoints.bert(root / "toxic", checkpoints.known_labels("unitary/toxic-bert"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CHECKPOINTS_VARIABLE, str(root))
        yield
