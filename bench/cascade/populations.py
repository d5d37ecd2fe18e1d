"""Answers that a cheap evaluator, a costly one and people have judged."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

from evaluator.core.evaluator import sample_of
from evaluator.core.ids import content_hash
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from evaluator.stats.columns import Floats, Index

SUMMEVAL = Path(__file__).parents[3] / "shared" / "data" / "judge" / "summeval_human_vs_llm.test.dev.jsonl.gz"
JUDGE = "gpt-4-0314/rts"


@dataclass(frozen=True)
class Population:
    """n answers, sorted by cluster. What is bad is 1."""

    name: str
    cheap: Floats
    """[n] badness by the cheap evaluator, in [0, 1]."""
    costly: Floats
    """[n] by the costly one, in [0, 1]."""
    people: Floats
    """[n] by people, 0 or 1."""
    cluster: Index
    """[n] ascending."""

    @property
    def correlation(self) -> float:
        """Of the two evaluators."""
        return float(np.corrcoef(self.cheap, self.costly)[0, 1])


def summeval(dimension: str, cut: float) -> Population:
    """GPT-4's verdicts (below `cut` of 1 to 5), the bundled detector before it, and experts' (their mean below it).

    Raises FileNotFoundError without the labelled sets, which are not part of the repository.
    """
    with gzip.open(SUMMEVAL, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    key = f"{JUDGE}/{dimension}"
    cheap = dict(zip((row["id"] for row in rows), np.nan_to_num(detected(rows), nan=0.5), strict=True))
    rows = [row for row in rows if row["meta"]["llm_judges"][key]["score"] is not None]
    _, cluster = np.unique([row["context"] for row in rows], return_inverse=True)
    rows = [rows[at] for at in np.argsort(cluster, kind="stable")]
    return Population(
        f"GPT-4, {dimension} < {cut:g}",
        np.asarray([cheap[row["id"]] for row in rows]),
        np.asarray([float(row["meta"]["llm_judges"][key]["score"] < cut) for row in rows]),
        np.asarray([float(np.mean(row["meta"]["experts"][dimension]) < cut) for row in rows]),
        np.sort(cluster),
    )


def synthetic(rate: float, squared: float, seed: int = 5) -> Population:
    """Verdicts of `rate`, alike within clusters of about three by 0.2, and cheap scores that correlate with them by
    the root of `squared`; people say otherwise of a tenth of the bad and of every fiftieth good one."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(20_000), rng.geometric(1.0 / 3.0, 20_000))
    chance = rng.beta(rate * 4.0, (1.0 - rate) * 4.0, 20_000)[cluster]
    costly = (rng.random(cluster.size) < chance).astype(np.float64)
    cheap = correlated(costly, rate, squared**0.5, rng)
    wrong = rng.random(cluster.size) < np.where(costly > 0.0, 0.1, 0.02)
    return Population(f"synthetic, rate {rate:g}", cheap, costly, np.where(wrong, 1.0 - costly, costly), cluster)


def correlated(verdicts: Floats, rate: float, correlation: float, rng: np.random.Generator) -> Floats:
    """[n] scores in (0, 1) that correlate with `verdicts` (0 or 1, about `rate` of them 1) by `correlation`: logits
    of a latent normal score that is further up for what is bad, by so much as it takes."""
    noise, low, high = rng.normal(size=verdicts.size), 0.0, 20.0
    for _ in range(40):
        apart = (low + high) / 2.0
        scores = special.expit(special.logit(rate) + apart * (noise + apart * (verdicts - 0.5)))
        low, high = (apart, high) if np.corrcoef(scores, verdicts)[0, 1] < correlation else (low, apart)
    return np.asarray(scores)


def detected(rows: Sequence[Mapping[str, Any]]) -> Floats:
    """[n] the bundled detector's scores of labelled rows, NaN where it failed.

    Minutes of work, so that they are kept in a file for the next time.
    """
    evaluator = registry.create("faithfulness")
    key = content_hash([evaluator.spec.version, [[row["id"], row["answer"]] for row in rows]])
    kept = Path(tempfile.gettempdir()) / f"faithline-detected-{key[:16]}.json"
    if kept.exists():
        return np.asarray(json.loads(kept.read_text()), dtype=np.float64)
    evaluator.open()
    found = list[float]()
    for start in range(0, len(rows), 32):
        samples = [
            sample_of(row["question"] or "", row["answer"], [row["context"]], target_id=row["id"])
            for row in rows[start : start + 32]
        ]
        found += [o.value if isinstance(o, Score) else np.nan for o in evaluator.score(samples)]
    kept.write_text(json.dumps(found))
    return np.asarray(found)
