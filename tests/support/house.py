"""What tests of the pipeline share: a clock to turn, a cheap evaluator, and traces to feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import text

from evaluator.core.criterion import Criterion
from evaluator.core.errors import NotFound
from evaluator.core.evaluator import Evaluator, EvaluatorSpec, ModelRef
from evaluator.core.outcome import Failure, Outcome, Reason, Score, ScoreKind
from evaluator.core.people import stored_name
from evaluator.core.ports import Clock, NoHints
from evaluator.core.quarantine import Kind, Step
from evaluator.core.trace import Part, Sample
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.native import traces as native
from evaluator.pipeline.catalog.rules import parse_rule, push_rule
from evaluator.pipeline.schedule import AGGREGATE, SETTLE
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.pipeline.stages.run import Stages, Tools, drain
from evaluator.pipeline.stages.score import Pool, Worker, score_batch
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import Store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
QUIET = timedelta(seconds=30)
PROJECT = "default"


@dataclass
class TurnedClock:
    """A clock that stands until it is turned."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def turn(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class ShoutEvaluator:
    """The share of capitals among the letters of the answer; what it does on some answers is told by their text."""

    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="shout",
        version="1",
        title="Shouting",
        description="Share of capital letters.",
        kind=ScoreKind.CODE,
        criterion=Criterion(name="shouts", threshold=0.5),
    )

    def __init__(self, *, note: str = "") -> None:
        self.note = note
        self.batches: list[int] = []

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"note": self.note}

    @property
    def models(self) -> Sequence[ModelRef]:
        return []

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        self.batches.append(len(samples))
        return [self._one(s) for s in samples]

    def _one(self, sample: Sample) -> Outcome:
        if "boom" in sample.answer:
            raise RuntimeError("boom")
        if "later" in sample.answer:
            return Failure(reason=Reason.PROVIDER_ERROR, message="try later", retryable=True)
        letters = [c for c in sample.answer if c.isalpha()]
        if not letters:
            return Failure(reason=Reason.NO_ANSWER, message="no letters")
        share = sum(c.isupper() for c in letters) / len(letters)
        return Score(value=share, label="loud" if share >= 0.5 else "calm")


def create(project: str, name: str, parameters: Mapping[str, Any]) -> Evaluator:
    if name != "shout":
        raise NotFound("evaluator", name, "Installed are: shout")
    return ShoutEvaluator(**parameters)


def control(store: Store, clock: Clock) -> None:
    """Settle, select and aggregate until nothing is left to do."""
    drain(Stages(Tools(store=store, clock=clock, assemble=assemble)), SETTLE, AGGREGATE)


@dataclass
class House:
    """A store with a clock, a rule-driven evaluator and a worker: the whole pipeline in one process."""

    store: Store
    clock: TurnedClock = field(default_factory=TurnedClock)
    evaluator: ShoutEvaluator = field(default_factory=ShoutEvaluator)

    def over(self, store: Store) -> House:
        """The same over a copy of the database."""
        return House(store, TurnedClock(self.clock.moment))

    def build(self, project: str, pinned: str) -> Evaluator:
        return self.evaluator

    def worker(self, owner: str = "w1", batch: int = 32) -> Worker:
        return Worker(store=self.store, build=self.build, clock=self.clock, hints=NoHints(), owner=owner, batch=batch)

    def rule(self, project: str = PROJECT, **fields: Any) -> StoredRule:
        definition = {"name": "shouting", "evaluator": "shout"} | fields
        return push_rule(self.store, project, parse_rule(definition), create, self.clock)

    def feed(self, *items: Mapping[str, Any], project: str = PROJECT) -> None:
        parts, errors = native.parse([dict(i) for i in items], project=project, received=self.clock.now())
        assert not errors
        store_parts(self.store, parts, self.clock, QUIET)

    def name_of(self, user: str, project: str = PROJECT) -> str:
        """How a user is called in the store."""
        with self.store.read() as unit:
            return stored_name(project, unit.projects.secret(project), user)

    def control(self) -> None:
        control(self.store, self.clock)

    def score(self, worker: Worker | None = None) -> int:
        worker = worker or self.worker()
        pool = Pool(worker.build)
        handled = 0
        while n := score_batch(worker, pool):
            handled += n
        return handled

    def run(self) -> None:
        """Everything that can be done now."""
        self.control()
        self.score()
        self.control()


def same_draws(store: Store) -> None:
    """Give the project a salt that is the same every time."""
    with store.write() as unit:
        unit.projects.ensure(PROJECT, NOW, salt="salt")


def change(store: Store, statement: str, **values: Any) -> None:
    """Change rows behind the doors."""
    with store.write() as unit:
        done = unit.connection.execute(text(statement), values).rowcount
    assert done, statement


def set_aside(house: House, project: str = PROJECT) -> set[tuple[Step, Kind, str]]:
    with house.store.read() as unit:
        return {(q.step, q.kind, q.subject) for q in unit.of(project).quarantine.list(100)}


def trace(number: int, answer: str = "a calm answer", **fields: Any) -> dict[str, Any]:
    """A native trace; its times are a minute apart, counting back from `NOW`."""
    start = NOW - timedelta(minutes=number)
    return {
        "id": f"t{number}",
        "question": f"question {number}?",
        "answer": answer,
        "context": ["some context"],
        "start_time": start.isoformat(),
    } | fields


def parts(*numbers: int) -> list[Part]:
    """The parts of traces by these numbers."""
    return native.parse([trace(n) for n in numbers], project=PROJECT, received=NOW).parts


def read(*numbers: int) -> Callable[[], native.Parsed]:
    """What submits these traces."""
    return lambda: native.Parsed(parts(*numbers), [])
