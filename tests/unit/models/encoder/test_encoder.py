"""The packed encoder: what a row becomes depends on nothing but the row, in every precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from evaluator.core.errors import InvalidInput
from evaluator.models.encoder.batching import Read, Row, run_batches
from evaluator.models.encoder.encoder import Encoder
from evaluator.models.encoder.layout import Layers
from evaluator.models.encoder.linear import has_bf16, new_linear
from evaluator.models.encoder.precision import PRECISIONS, TOLERANCES, Precision, resolved
from evaluator.models.files.loading import SHAPE, fill, load_tensors, shared_embeddings
from evaluator.models.files.manifest import TOXICITY
from evaluator.models.files.weights import installed_embedder
from evaluator.models.readers.heads import TrainedModel
from evaluator.models.runtime import Runtime
from tests.support import fabricated

LENGTHS = [3, 4, 4, 17, 33, 60, 60, 131, 300]


def rows(seed: int = 0) -> list[Row]:
    random = np.random.default_rng(seed)
    return [(random.integers(1000, 20000, length), length // 2) for length in LENGTHS]


def encoder(precision: Precision, *, emulate: bool = False) -> Encoder:
    folder = installed_embedder()
    assert folder is not None
    tensors = load_tensors(folder / "model.safetensors")
    layers = Layers(SHAPE)
    fill(layers, {k.removeprefix("encoder."): t for k, t in tensors.items() if k.startswith("encoder.")}, "test")
    return Encoder(shared_embeddings(folder, "cpu"), layers, SHAPE, precision, "cpu", emulate=emulate)


@pytest.fixture(scope="module")
def encoders() -> dict[Precision, Encoder]:
    return {precision: encoder(precision) for precision in PRECISIONS}


def states(model: Encoder, some: list[Row], budget: int = 4096, read: Read = "all") -> list[Tensor]:
    """The states of each row that are not padding."""
    found: list[Tensor] = [torch.empty(0)] * len(some)
    for batch, hidden, true in run_batches(
        model, [len(r[0]) for r in some], some.__getitem__, budget, "cpu", read=read
    ):
        for place, index in enumerate(batch):
            assert int(true[place]) == len(some[index][0])
            found[index] = hidden[place, : int(true[place])]
            assert not hidden[place, int(true[place]) :].any(), "padding is 0"
    return found


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("threads", [1, 2])
def test_rows_do_not_depend_on_their_neighbours(
    encoders: dict[Precision, Encoder], precision: Precision, threads: int
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        some = rows()
        together = states(encoders[precision], some)
        for row, one, small in zip(some, together, states(encoders[precision], some, 512), strict=True):
            alone = states(encoders[precision], [row])[0]
            assert float((one - alone).abs().max()) < 1e-4
            assert float((one - small).abs().max()) < 1e-4
    finally:
        torch.set_num_threads(before)


def test_bf16_is_near_fp32_and_its_emulation_is_nearer(encoders: dict[Precision, Encoder]) -> None:
    some = rows()
    exact, found = (torch.cat(states(encoders[precision], some)) for precision in ("fp32", "bf16"))
    emulated = torch.cat(states(encoder("bf16", emulate=True), some))
    # Token states have a length of about 10; their direction is what heads and cosines read.
    for one in (found, emulated):
        cosines = torch.cosine_similarity(exact, one, dim=-1)
        assert 1e-7 < float((1.0 - cosines).max()) < TOLERANCES["bf16"]
    drift, gap = (float((a - b).norm() / exact.norm()) for a, b in ((exact, found), (found, emulated)))
    assert gap < drift, "two ways to the same arithmetic"


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("read", ["first", "second"])
def test_what_is_not_read_is_only_left_out(
    encoders: dict[Precision, Encoder], precision: Precision, read: Read
) -> None:
    some = rows(1)
    lengths = [len(ids) for ids, _ in some]
    whole = states(encoders[precision], some)
    for batch, hidden, _ in run_batches(encoders[precision], lengths, some.__getitem__, 2048, "cpu", read=read):
        for place, index in enumerate(batch):
            first = some[index][1]
            assert float((hidden[place, 0] - whole[index][0]).abs().max()) < 1e-4
            if read == "first":
                assert hidden.shape[1] == 1
                continue
            assert not hidden[place, 1:first].any()
            assert float((hidden[place, first : lengths[index]] - whole[index][first:]).abs().max()) < 1e-4


def test_fewer_layers_are_another_result(encoders: dict[Precision, Encoder]) -> None:
    some = rows()[:3]
    lengths = [len(ids) for ids, _ in some]
    found = {
        depth: torch.cat([h for _, h, _ in run_batches(
            encoders["fp32"], lengths, some.__getitem__, 512, "cpu", depth=depth)])
        for depth in (4, 6, None)
    }  # fmt: skip
    assert (found[6] == found[None]).all()
    assert float((found[4] - found[6]).abs().max()) > 0.1


@pytest.mark.parametrize("gelu", [False, True])
def test_linear_maps_are_what_torch_says(gelu: bool) -> None:
    torch.manual_seed(0)
    x, weight, bias = torch.randn(70, 48), torch.randn(32, 48), torch.randn(32)
    expected = torch.nn.functional.linear(x, weight, bias)
    expected = torch.nn.functional.gelu(expected) if gelu else expected
    assert torch.allclose(new_linear(weight, bias, "fp32", "cpu")(x, gelu=gelu), expected, atol=1e-5)
    rounded = torch.nn.functional.linear(x.bfloat16().float(), weight.bfloat16().float(), bias.bfloat16().float())
    rounded = (torch.nn.functional.gelu(rounded) if gelu else rounded).bfloat16().float()
    for emulate in (True, False):
        found = new_linear(weight, bias, "bf16", "cpu", emulate=emulate)(x.bfloat16(), gelu=gelu)
        assert found.dtype == torch.bfloat16
        # One unit in the last place where two ways to sum round differently.
        assert torch.allclose(found.float(), rounded, rtol=2**-7, atol=1e-5)


def test_trained_models_compute_as_their_manifest_says(tmp_path: Path) -> None:
    fabricated.toxicity(tmp_path)
    assert TrainedModel(TOXICITY, Runtime(weights_path=str(tmp_path)), token_head=False).precision == "bf16"
    exact = Runtime(weights_path=str(tmp_path), precision="fp32")
    assert TrainedModel(TOXICITY, exact, token_head=False).encoder.precision == "fp32"
    declared = tmp_path / "declared"
    fabricated.toxicity(declared, compute="fp32")
    assert TrainedModel(TOXICITY, Runtime(weights_path=str(declared)), token_head=False).precision == "fp32"


def test_a_pinned_precision_wins() -> None:
    assert resolved(None, "auto", "bf16") == "bf16"
    assert resolved(None, "fp32", "bf16") == "fp32"
    assert resolved("bf16", "fp32", "fp32") == "bf16"
    with pytest.raises(InvalidInput, match=r"parameters\.precision: must be one of fp32, bf16, got 'fp8'"):
        resolved("fp8", "auto", "fp32")
    assert isinstance(has_bf16("cpu"), bool)
