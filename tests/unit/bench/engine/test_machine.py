"""The operations that `bench.engine` divides by are those that are done."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import BertConfig, BertModel

from bench.engine.machine import cold_start, flops, matrix_peak
from evaluator.models.encoder.layout import Shape

SMALL = Shape(layers=3, hidden=32, heads=4, inner=96, vocabulary=50, positions=64)


def test_operations_are_those_of_the_products() -> None:
    config = BertConfig(
        vocab_size=SMALL.vocabulary,
        hidden_size=SMALL.hidden,
        num_hidden_layers=SMALL.layers,
        num_attention_heads=SMALL.heads,
        intermediate_size=SMALL.inner,
        attn_implementation="eager",
    )
    model = BertModel(config, add_pooling_layer=False)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        for length in (7, 30):
            model(torch.ones(1, length, dtype=torch.long))
    assert flops([7, 30], SMALL) == counter.get_total_flops()


def test_what_the_last_layer_leaves_out_is_not_counted() -> None:
    after = SMALL.hidden**2 + 2 * SMALL.hidden * SMALL.inner
    assert flops([7, 30], SMALL) - flops([7, 30], SMALL, [1, 10]) == 2 * after * (6 + 20)


def test_a_fresh_process_is_measured() -> None:
    small = cold_start("x = 1")
    assert 0.0 < small.seconds < 60.0
    large = cold_start("x = bytearray(200_000_000)")
    assert large.megabytes - small.megabytes == pytest.approx(200e6 / 2**20, abs=40)
    assert matrix_peak("fp32", SMALL, seconds=0.05) > 0.1
