"""What a recipe begins from, what the networks said is read once, and what a combination is shipped as."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from evaluator.models.files.manifest import FAITHFULNESS, TOXICITY, read_manifest
from evaluator.models.files.weights import check_weights
from tests.support import fabricated
from training.calibrate import read_known
from training.sets import Item
from training.ship import write_beside
from training.text_recipe import task


def test_every_head_begins_as_the_one_there_was(tmp_path: Path) -> None:
    folder = fabricated.write(
        tmp_path, TOXICITY, fabricated.tensors(1, token_head=False), labels=["toxic"], max_length=64
    )
    model, _ = task(2, folder / "model.safetensors")
    first, second = model.classifier.weight
    assert first.abs().sum() > 0
    assert torch.equal(first, second)
    assert model.classifier.bias.shape == (2,)


def test_another_combination_reads_the_tensors_of_its_network(tmp_path: Path) -> None:
    fabricated.faithfulness(tmp_path)
    folder = write_beside("mine-v7", FAITHFULNESS, {"window": {"numbers": 2}}, tmp_path)
    found = read_manifest("mine-v7", str(tmp_path))
    assert [path.name for path in folder.iterdir()] == ["manifest.json"]
    assert (found.version, found.window) == ("7", {"numbers": 2})
    assert check_weights(found, str(tmp_path)).parent.name == FAITHFULNESS


class Counting:
    """A detector that finds no claim, and counts how often it is asked."""

    asked = 0

    def detect(self, answers: Sequence[object]) -> list[SimpleNamespace]:
        self.asked += 1
        return [SimpleNamespace(plan=SimpleNamespace(sentences=())) for _ in answers]


def test_what_the_networks_said_is_read_once(tmp_path: Path) -> None:
    detector = Counting()
    items = [Item(id=str(n), question="", passages=("x",), answer="y", label=n, group="x") for n in (0, 1)]
    found = [read_known(detector, "one", items, tmp_path / "kept") for _ in range(2)]  # type: ignore[arg-type]
    assert detector.asked == 1
    assert found[0].detected == found[1].detected
    assert found[1].labels.tolist() == [False, True]
    with pytest.raises(SystemExit, match="other answers"):
        read_known(detector, "one", items[:1], tmp_path / "kept")  # type: ignore[arg-type]
