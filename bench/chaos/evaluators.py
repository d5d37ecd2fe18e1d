"""The evaluators of `bench.chaos`: two that cost nothing and one that spends money at a stand-in for a provider.

`plugin` makes a folder that, on PYTHONPATH, registers them the way any plug-in is registered.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from evaluator.core.criterion import Criterion
from evaluator.core.evaluator import EvaluatorSpec, ModelRef, Resource
from evaluator.core.outcome import Failure, Outcome, Reason, Score, ScoreKind
from evaluator.core.trace import Sample
from evaluator.text.sentences import split_sentences

ADDRESS = "CHAOS_PROVIDER"
"""The environment variable that holds the stand-in's address."""
LOG = "CHAOS_LOG"
"""The environment variable that names the file to which every finished evaluation is written down."""
PRICE = 0.002
"""What the stand-in charges for a call (US dollars)."""
NAMES = {
    "chaos_wordy": "bench.chaos.evaluators:Wordy",
    "chaos_sentences": "bench.chaos.evaluators:Sentences",
    "chaos_paid": "bench.chaos.evaluators:Paid",
}


def plugin(folder: Path, evaluators: Mapping[str, str] = NAMES) -> Path:
    """Make `folder` a place that registers evaluators, by name ``module:class``; returns it."""
    about = folder / "faithline_chaos-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: faithline-chaos\nVersion: 1\n")
    lines = [f"{name} = {place}" for name, place in evaluators.items()]
    (about / "entry_points.txt").write_text("[faithline.evaluators]\n" + "\n".join(lines) + "\n")
    return folder


class _Code:
    """What the three have in common: nothing to choose, nothing to load."""

    @property
    def parameters(self) -> dict[str, Any]:
        return {}

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return ()

    def open(self) -> None:
        """Nothing to load."""

    def close(self) -> None:
        """Nothing to let go."""

    def _write_down(self, n: int) -> None:
        """Add `n` evaluations to the log; one short append is never torn."""
        with Path(os.environ[LOG]).open("a") as log:
            log.write(f"{n}\n")


class Wordy(_Code):
    """Answers of more than forty words. Takes its time over a batch, so that it can be killed in the middle."""

    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="chaos_wordy", version="1", title="Wordy", description="More than forty words.", kind=ScoreKind.CODE,
        labels=("brief", "wordy"), criterion=Criterion(name="wordy", threshold=0.5),
    )  # fmt: skip

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        time.sleep(0.01)
        self._write_down(len(samples))
        return [_verdict(len(s.answer.split()) > 40, ("brief", "wordy")) for s in samples]


class Sentences(_Code):
    """Answers of a single sentence."""

    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="chaos_sentences", version="1", title="Curt", description="A single sentence.", kind=ScoreKind.CODE,
        labels=("full", "curt"), criterion=Criterion(name="curt", threshold=0.5),
    )  # fmt: skip

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        self._write_down(len(samples))
        return [_verdict(len(split_sentences(s.answer)) < 2, ("full", "curt")) for s in samples]


class Paid(_Code):
    """Asks the stand-in, which charges for every call before it answers."""

    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="chaos_paid", version="1", title="Paid", description="A verdict that costs money.", kind=ScoreKind.JUDGE,
        labels=("good", "bad"), criterion=Criterion(name="bad", threshold=0.5), resource=Resource.PROVIDER,
    )  # fmt: skip

    def price(self, samples: Sequence[Sample]) -> list[float]:
        return [PRICE] * len(samples)

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        outcomes = [self._one(s) for s in samples]
        self._write_down(len(samples))
        return outcomes

    def _one(self, sample: Sample) -> Outcome:
        body = json.dumps({"sample": sample.content_hash}).encode()
        request = urllib.request.Request(os.environ[ADDRESS], body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                verdict = json.load(answer)
        except OSError as error:
            return Failure(reason=Reason.PROVIDER_ERROR, message=type(error).__name__, retryable=True)
        return _verdict(verdict["bad"], ("good", "bad"), cost=verdict["cost"])


def evaluations(log: Path) -> int:
    """How many evaluations the evaluators here have finished, saved or not."""
    return sum(map(int, log.read_text().split())) if log.exists() else 0


def paid_verdict(content_hash: str) -> bool:
    """What the stand-in says of a sample: a fifth is bad, and the same sample always the same."""
    return hashlib.sha256(content_hash.encode()).digest()[0] < 51


def _verdict(bad: bool, labels: tuple[str, str], cost: float = 0.0) -> Score:
    return Score(value=float(bad), label=labels[bad], kind=ScoreKind.CODE, cost=cost)
