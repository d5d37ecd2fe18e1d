"""An evaluator that costs money, and a stand-in for its provider that keeps a log of what it charged."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bench.servers.stand_in import Handler, listening
from evaluator.core.criterion import Criterion
from evaluator.core.evaluator import Evaluator, EvaluatorSpec
from evaluator.core.outcome import Failure, Outcome, Reason, Score
from evaluator.core.trace import Sample
from evaluator.pipeline.catalog.rules import parse_rule, push_rule
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.spending.ledger import BudgetDay
from tests.support.house import PROJECT, House, ShoutEvaluator

BOUND = 0.01
"""US dollars that a call can cost at most."""


class PaidEvaluator(ShoutEvaluator):
    """Shouting, for money: `charge` is what a call really costs. With an address, the stand-in there is asked."""

    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="paid",
        version="1",
        title="Shouting",
        description="Share of capital letters, by a provider.",
        criterion=Criterion(name="shouts", threshold=0.5),
    )

    def __init__(self, *, note: str = "", charge: float = BOUND, address: str = "") -> None:
        super().__init__(note=note)
        self.charge, self.address = charge, address
        self.calls = 0

    def price(self, samples: Sequence[Sample]) -> list[float]:
        return [BOUND * (5 if "long" in s.answer else 1) for s in samples]

    def _one(self, sample: Sample) -> Outcome:
        self.calls += 1
        if self.address:
            return self._ask(sample)
        if "unsent" in sample.answer:
            return Failure(reason=Reason.PROVIDER_ERROR, message="refused", retryable=True, cost=0.0)
        outcome = super()._one(sample)
        if isinstance(outcome, Failure):
            return outcome
        return Score(value=outcome.value, label=outcome.label, cost=self.charge)

    def _ask(self, sample: Sample) -> Outcome:
        with urllib.request.urlopen(self.address, sample.answer.encode(), timeout=60) as answer:
            said = json.load(answer)
        return Score(value=said["value"], cost=said["cost"])


def create(project: str, name: str, parameters: Mapping[str, Any]) -> Evaluator:
    return PaidEvaluator(**parameters) if name == "paid" else ShoutEvaluator(**parameters)


@dataclass
class PaidHouse(House):
    """A house whose evaluator costs money."""

    evaluator: PaidEvaluator = field(default_factory=PaidEvaluator)

    def rule(self, usd_per_day: float | None = 1.0, **fields: Any) -> StoredRule:
        definition: dict[str, Any] = {"name": "paying", "evaluator": "paid"} | fields
        if usd_per_day is not None:
            definition["budget"] = {"usd_per_day": usd_per_day}
        return push_rule(self.store, PROJECT, parse_rule(definition), create, self.clock)

    def day(self) -> BudgetDay:
        with self.store.read() as unit:
            (found,) = unit.of(PROJECT).ledger.days(self.clock.now().date())
        return found


@dataclass
class Provider:
    """Charges `BOUND` for every request as it comes in; `reached` is called with the number of calls so far."""

    reached: Callable[[int], None] = lambda calls: None
    calls: int = 0
    address: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def charge(self) -> None:
        with self.lock:
            self.calls += 1
            calls = self.calls
        self.reached(calls)

    @property
    def spent(self) -> float:
        return self.calls * BOUND


@contextmanager
def provider() -> Iterator[Provider]:
    """A stand-in that listens on a port of its own."""
    log = Provider()

    class Charging(Handler):
        def do_POST(self) -> None:
            self.body()
            log.charge()
            with suppress(OSError):  # who asked was killed
                self.answer(200, json.dumps({"value": 0.0, "cost": BOUND}).encode())

    with listening(Charging) as log.address:
        yield log
