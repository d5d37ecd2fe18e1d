"""Harmless prompts that people typed, for the injection model, and those of them that training never sees."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from training.data import Row, held_out, read_rows
from training.near import clusters

TYPED = {
    "arena_hard": 1230, "clinc_assistant": 3500, "coconot_contrast": 1297, "cyber_frr": 749, "mtbench_vicuna": 233,
    "self_instruct": 427, "t0_long": 2236,
}  # fmt: skip
"""Sets by name, and how many prompts of each are taken to train."""


def typed_rows(data: Path, name: str, *, held: bool) -> list[Row]:
    """The prompts of a set that train, or those that are held out: a tenth of its groups of near copies."""
    return [row for row, out in _parted(data, name) if out == held]


@lru_cache(maxsize=len(TYPED))
def _parted(data: Path, name: str) -> list[tuple[Row, bool]]:
    rows = read_rows(data / f"injection/{name}.train.jsonl.gz")
    keys = clusters([row.text for row in rows])
    return [(row, held_out(f"typed:{name}:{rows[key].id}")) for row, key in zip(rows, keys, strict=True)]
