"""The judge on one's own machine as one more detector of unfaithful answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.judge_local.asking import Judge
from bench.judge_local.rows import asked_rows
from bench.judge_local.served import served
from evaluator.judges.serving.catalog import QWEN
from evaluator.judges.serving.engine import is_installed
from training.data import digest
from training.measures import Floats
from training.sets import Item

BOOK = Path(".bench/judge_local.jsonl")
PORT = 8792


def judge_scores(items: Sequence[Item], count: int) -> Floats | str:
    """Expected P(unfaithful) of `count` items by their hashes, NaN for the rest and where there is no verdict; or why
    there is no judge here. What was asked before is not asked again."""
    if not is_installed():
        return "llama.cpp is not there: `make bench-judge-local` installs it"
    chosen = sorted(range(len(items)), key=lambda index: digest(items[index].id))[:count]
    scores = np.full(len(items), np.nan)
    with served(PORT, QWEN.name, 0) as url:
        judge = Judge(url, QWEN.name, BOOK, explain=False)
        for index, item in zip(chosen, asked_rows([items[index] for index in chosen]), strict=True):
            scores[index] = judge.ask(item).value
    return scores
