"""A model that stands on embeddings of its own, and has more or fewer layers than the base embedder."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from evaluator.core.errors import ModelUnavailable
from evaluator.models.encoder.encoder import PackedRows
from evaluator.models.files.loading import LAYERS, embedder_dir, load_tensors
from evaluator.models.files.manifest import WEIGHTS_FILE
from evaluator.models.readers.heads import TrainedModel
from evaluator.models.runtime import Runtime
from evaluator.models.tuning.encoder import TrainableEncoder, load_trained
from training.ship import faithfulness_manifest, write

NAME = "own-v1"
IDS = [101, 2023, 2003, 1037, 3231, 102]


@pytest.fixture
def model() -> TrainableEncoder:
    """Three layers of the embedder, and its embeddings upside down."""
    state = load_tensors(embedder_dir(Runtime()) / WEIGHTS_FILE)
    kept = {name: t for name, t in state.items() if not name.startswith(LAYERS) or name.split(".")[2] in "012"}
    kept["embeddings.word_embeddings.weight"] = -kept["embeddings.word_embeddings.weight"]
    torch.manual_seed(1)
    return TrainableEncoder(3, token_head=True, base=kept).eval()


def shipped(model: TrainableEncoder, root: Path, **manifest: object) -> None:
    save_file(model.export(), root / "checkpoint.safetensors")
    write(NAME, root / "checkpoint.safetensors", faithfulness_manifest() | manifest, root)


def test_it_reads_as_it_was_trained(model: TrainableEncoder, tmp_path: Path) -> None:
    shipped(model, tmp_path)
    loaded = TrainedModel(NAME, Runtime(weights_path=str(tmp_path), precision="fp32"), token_head=True)
    assert (loaded.manifest.layers, loaded.manifest.embeddings) == (3, "own")
    ids = torch.tensor(IDS)
    zeros, places = torch.zeros_like(ids), torch.arange(len(ids))
    found = loaded.encoder(PackedRows(ids, zeros, places, [len(ids)]))
    with torch.no_grad():
        wanted = model.hidden(ids[None], zeros[None], torch.ones_like(ids[None], dtype=torch.bool))[0]
    assert torch.allclose(found, wanted, atol=0.02)
    assert loaded.judge_tokens(found[None]).shape == (1, len(ids))


def test_it_can_be_trained_on(model: TrainableEncoder) -> None:
    again = load_trained(model.export(), 3, token_head=True)
    assert (len(again.layers), again.own) == (3, True)
    one, other = model.export(), again.export()
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(("said", "problem"), [({"layers": 4}, "lacks the tensor"), ({"layers": 2}, "unknown tensor"),
                                               ({"embeddings": "shared"}, "another base")])  # fmt: skip
def test_a_manifest_that_says_otherwise(
    model: TrainableEncoder, tmp_path: Path, said: dict[str, object], problem: str
) -> None:
    shipped(model, tmp_path, **said)
    with pytest.raises(ModelUnavailable, match=problem):
        TrainedModel(NAME, Runtime(weights_path=str(tmp_path)), token_head=True)
