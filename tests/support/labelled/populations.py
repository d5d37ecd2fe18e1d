"""Populations that windows are drawn from: what the evaluator says, what people say, and what belongs together."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from bench.cascade.populations import correlated, detected
from evaluator.stats.columns import Bools, Floats, Index
from tests.support import ROOT

DATA = ROOT.parent / "shared" / "data"
SUMMEVAL, RAGTRUTH = "judge/summeval_human_vs_llm.test.dev", "faithfulness/ragtruth.test_subset.dev"
JUDGES = {"GPT-4": "gpt-4-0314/rts", "GPT-3.5": "gpt-3.5-turbo-0301/rts", "Llama-2": "llama-2-70b-chat-hf/rts"}


@dataclass(frozen=True)
class Population:
    """n units, sorted by cluster."""

    name: str
    score: Floats
    """[n] the evaluator's badness, in [0, 1]. (f)"""
    bad: Floats
    """[n] a person's, in [0, 1]. (Y)"""
    cluster: Index
    """[n] ascending; what is drawn together."""
    flagged: Bools
    """[n] whether a rule would select it more often: bad ones twice as often as good ones."""
    cheap: Floats
    """[n] by a cheap evaluator, in [0, 1]: half the score, half chance."""
    odd: Floats
    """[n] in [0, 1]: what comes first is outside of the domain."""

    @property
    def rate(self) -> float:
        return float(self.bad.mean())

    @property
    def correlation(self) -> float:
        """Of scores and verdicts; 0 where the scores are all alike."""
        return float(np.corrcoef(self.score, self.bad)[0, 1]) if np.ptp(self.score) > 0 else 0.0

    def applies(self, outside: float) -> Bools:
        """[n] whether there is something to judge; a share `outside` has nothing, most of them of low scores."""
        return self.odd >= np.quantile(self.odd, outside) if outside > 0 else np.ones(self.bad.size, dtype=np.bool_)


def population(name: str, score: Floats, bad: Floats, cluster: Index) -> Population:
    """The population of units in any order."""
    order, rng = np.argsort(cluster, kind="stable"), np.random.default_rng(1)
    score, bad, n = score[order], bad[order], score.size
    flagged = rng.random(n) < np.where(bad > 0, 0.5, 0.25)
    cheap, odd = (score + rng.random(n)) / 2.0, rng.random(n) * (0.5 + score)
    return Population(name, score, bad, cluster[order], flagged, cheap, odd)


@cache
def summeval(judge: str, dimension: str, cut: float) -> Population:
    """Bad where the three experts' mean lies below `cut`; the score is a judge's answer on its scale from 1 to 5."""
    score, bad, context = [], [], []
    for row in _rows(SUMMEVAL):
        given = row["meta"]["llm_judges"][f"{JUDGES[judge]}/{dimension}"]["score"]
        if given is not None:
            score.append((5.0 - min(5.0, max(1.0, float(given)))) / 4.0)
            bad.append(float(np.mean(row["meta"]["experts"][dimension]) < cut))
            context.append(row["context"])
    _, cluster = np.unique(context, return_inverse=True)
    return population(f"{judge}, {dimension} < {cut:g}", np.asarray(score), np.asarray(bad), cluster)


@cache
def ragtruth() -> Population:
    """People's verdicts on whole answers, and the bundled detector's scores of them."""
    rows = _rows(RAGTRUTH)
    _, cluster = np.unique([row["context"] for row in rows], return_inverse=True)
    score, bad = detected(rows), np.asarray([float(row["label"]) for row in rows])
    kept = ~np.isnan(score)
    return population("RAGTruth, bundled detector", score[kept], bad[kept], cluster[kept])


def synthetic(
    rate: float, correlation: float, clusters: int = 20_000, size: float = 3.0, seed: int = 5
) -> Population:
    """Verdicts of rate `rate`, alike within clusters by 0.2, and calibrated scores that correlate with them by
    `correlation`."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), rng.geometric(1.0 / size, clusters))
    chance = rng.beta(rate * 4.0, (1.0 - rate) * 4.0, clusters)[cluster]
    bad = (rng.random(cluster.size) < chance).astype(np.float64)
    score = correlated(bad, rate, correlation, rng)
    return population(f"synthetic, r = {correlation:g}", score, bad, cluster)


def verdicts(rate: float, missed: float, alarms: float) -> Population:
    """Lone units, of which an evaluator gives verdicts: it misses a share of the bad ones and calls a share of the
    good ones bad. What is rare is seldom among the labelled."""
    rng = np.random.default_rng(9)
    bad = (rng.random(40_000) < rate).astype(np.float64)
    wrong = rng.random(bad.size) < np.where(bad > 0, missed, alarms)
    name = f"verdicts, {missed:.0%} missed, {alarms:.1%} alarms"
    return population(name, np.where(wrong, 1.0 - bad, bad), bad, np.arange(bad.size))


def moved(people: Population, rate: float, name: str = "", seed: int = 2) -> Population:
    """Single units of the same kinds at another `rate`: scores of good and of bad ones stay as they are."""
    chance = np.where(people.bad > 0, rate / people.rate, (1.0 - rate) / (1.0 - people.rate))
    drawn = np.random.default_rng(seed).choice(people.bad.size, 40_000, p=chance / chance.sum())
    score, bad = people.score[drawn], people.bad[drawn]
    return population(name or people.name, score, bad, np.arange(drawn.size))


def judged_otherwise(people: Population) -> Population:
    """The same units by a judge that is stricter by far: scores rise, most of all low ones."""
    return population(people.name, people.score**0.5, people.bad, people.cluster)


def together(people: Population, other: Population) -> Population:
    """Both, the clusters of `other` behind those of `people`."""
    name, scores, bads = people.name, (people.score, other.score), (people.bad, other.bad)
    cluster = np.concatenate([people.cluster, other.cluster + people.cluster.max() + 1])
    return population(name, np.concatenate(scores), np.concatenate(bads), cluster)


def _rows(name: str) -> list[dict[str, Any]]:
    path = DATA / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is missing: the labelled sets are not part of the repository")
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]
