"""The raw rate on real verdicts: sessions of answers to one context, from labelled sets outside the repository."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from evaluator.core.ids import uniform
from evaluator.stats.estimators.raw import raw_rate
from evaluator.stats.units import State
from tests.support import ROOT
from tests.support.simulation import Window, summarise, wilson

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]
DATA = ROOT.parent / "shared" / "data"
JUDGE = "gpt-4-0314/rts/consistency"


def verdict(row: dict[str, Any]) -> float:
    return float(row["label"])


def judge(row: dict[str, Any]) -> float | None:
    """The badness in [0, 1] that an LLM judge gave on its 1 to 5 scale; None where its answer had no score."""
    score = row["meta"]["llm_judges"][JUDGE]["score"]
    return None if score is None else (5.0 - min(5.0, max(1.0, float(score)))) / 4.0


@dataclass(frozen=True)
class Population:
    """Units of one labelled set: badness, whether the answer is long, and the units of each context."""

    bad: np.ndarray
    long: np.ndarray
    contexts: list[np.ndarray]


def load(name: str, read: Any) -> Population:
    path = DATA / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is missing: the labelled sets are not part of the repository")
    with gzip.open(path, "rt") as lines:
        rows = [r for r in map(json.loads, lines) if read(r) is not None]
    contexts = defaultdict(list)
    for i, row in enumerate(rows):
        contexts[row["context"]].append(i)
    length = np.array([len(r["answer"]) for r in rows])
    return Population(
        np.array([read(r) for r in rows]),
        length > np.quantile(length, 0.8),
        [np.array(c) for c in contexts.values()],
    )


def window(rng: np.random.Generator, people: Population, sessions: int, rest: float, salt: str) -> Window:
    """`sessions` contexts with replacement; long answers all scored, of the rest a share chosen by hash."""
    drawn = [people.contexts[i] for i in rng.integers(0, len(people.contexts), sessions)]
    units = np.concatenate(drawn)
    session = np.repeat(np.arange(1, sessions + 1), [d.size for d in drawn])
    long = people.long[units]
    inclusion = np.where(long, 1.0, rest)
    chance = np.array([uniform(salt, str(i)) for i in range(units.size)])
    failed = rng.random(units.size) < np.where(long, 0.2, 0.05)
    state = np.where(chance >= inclusion, State.UNSELECTED, np.where(failed, State.FAILED, State.SCORED))
    return Window(people.bad[units], long, session, np.ones(units.size), inclusion, state.astype(np.int8))


@pytest.mark.parametrize(
    ("name", "read", "sessions", "rest"),
    [
        ("faithfulness/ragtruth.test_subset.dev", verdict, 150, 0.3),
        ("faithfulness/begin_wow.test.dev", verdict, 300, 0.1),
        ("faithfulness/summeval.test.dev", verdict, 60, 0.2),
        ("judge/summeval_human_vs_llm.test.dev", judge, 60, 0.2),
    ],
)
def test_real_verdicts(name: str, read: Any, sessions: int, rest: float) -> None:
    people, rng = load(name, read), np.random.default_rng(7)
    found = []
    for repeat in range(1000):
        seen = window(rng, people, sessions, rest, f"{name}-{repeat}")
        found.append((raw_rate(seen.cells()), wilson(seen)))
    row = summarise(float(people.bad.mean()), found)
    print(f"\n{name}: {row}")
    assert row.coverage >= 0.93
    assert abs(row.mean - row.truth) <= 4 * row.error + 0.1 * row.spread
