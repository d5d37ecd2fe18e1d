"""Two weeks of made-up traffic, scored by evaluators that need no model: what the tests of the pages look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from evaluator.bootstrap import Services, assemble
from evaluator.core.criterion import Criterion
from evaluator.core.evaluator import Evaluator, EvaluatorSpec, ModelRef
from evaluator.core.ids import DEFAULT_PROJECT, uniform
from evaluator.core.outcome import Evidence, Failure, Outcome, Reason, Score
from evaluator.core.ports import NoHints
from evaluator.core.rule import Condition, Rule, Stratum
from evaluator.core.trace import Sample
from evaluator.ingest.native import traces as native
from evaluator.pipeline.catalog.rules import push_rule
from evaluator.pipeline.schedule import SCORE
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.pipeline.stages.run import Stages, Tools, drain
from evaluator.pipeline.stages.score import Worker
from evaluator.settings import Settings
from evaluator.store import migrate
from evaluator.store.store import Store
from tests.support.house import control

NOW = datetime.fromisoformat("2026-03-18T12:30:00+00:00")
ERROR = "the fake evaluator was told to fail"

FACTS = (
    ("How long is the warranty of the T2?", "The T2 has a warranty of two years from delivery.", "three years"),
    ("When is the desk open?", "The desk in the hall opens at 7:00 and closes at 22:30.", "until midnight"),
    (
        "Can I return an opened filter?",
        "Opened filters stay sold. Sealed ones return in 30 days.",
        "in 90 days",
    ),
    ("Which drives fit the S8?", "The S8 takes five drives of 3.5 inches.", "eight drives"),
)

ALWAYS = Stratum(
    name="always",
    when=(Condition(field="environment", op="not_in", value=["production", "staging"]),),
    rate=1.0,
)
"""Everything but the traffic is drawn for certain."""


class FixedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW


class Grounding:
    """Marks what stands between << and >> as contradicted, and between [[ and ]] as unsupported."""

    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="grounding",
        version="1",
        title="Grounding in the retrieved context",
        description="A stand-in for tests.",
        needs=("answer", "context"),
        labels=("faithful", "unsupported", "contradicted"),
        criterion=Criterion(name="unfaithful", threshold=0.5),
    )
    parameters: Mapping[str, Any] = {}
    models: Sequence[ModelRef] = ()

    def open(self) -> None: ...

    def close(self) -> None: ...

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        return [self._one(s) for s in samples]

    def _one(self, sample: Sample) -> Outcome:
        if ERROR in sample.question:
            return Failure(reason=Reason.INVALID_OUTPUT, message="no <b>number</b> in the reply")
        if not sample.passages:
            return Failure(reason=Reason.NO_CONTEXT)
        marks = [
            m for pair in (("<<", ">>", "contradicted"), ("[[", "]]", "unsupported")) for m in _find(sample, *pair)
        ]
        value = 0.55 + 0.44 * uniform("value", sample.answer) if marks else 0.4 * uniform("value", sample.answer)
        label = marks[0].label if marks else "faithful"
        told = f"{len(marks)} of the marked spans are not carried by the context" if marks else ""
        return Score(value=value, label=label, evidence=tuple(marks), explanation=told, details={"claims": 3})


def _find(sample: Sample, opening: str, closing: str, label: str) -> list[Evidence]:
    start, end = sample.answer.find(opening), sample.answer.find(closing)
    if start < 0 or end < start:
        return []
    passage = sample.passages[0].text
    found = Evidence(
        start=start + 2,
        end=end,
        label=label,
        confidence=0.87,
        passage=0,
        passage_start=passage.find(" ") + 1,
        passage_end=len(passage),
    )
    return [found]


class Manners(Grounding):
    """A second series, of small rates."""

    spec = EvaluatorSpec(
        name="manners",
        version="1",
        title="Toxicity of the answer",
        description="A stand-in for tests.",
        labels=("not_toxic", "toxic"),
        criterion=Criterion(name="toxic", bad_labels=("toxic",)),
    )

    def _one(self, sample: Sample) -> Outcome:
        start = sample.answer.find("Nonsense")
        marks = (Evidence(start=start, end=start + 8, label="toxic", confidence=0.9),) if start >= 0 else ()
        value = 0.93 if marks else 0.2 * uniform("manners", sample.answer)
        return Score(value=value, label="toxic" if marks else "not_toxic", evidence=marks)


EVALUATORS: dict[str, type[Grounding]] = {"grounding": Grounding, "manners": Manners}


def open_house(path: Path) -> Services:
    """Services over a fresh SQLite file, with a clock that stands still."""
    settings = Settings(database_url=f"sqlite:///{path}", quiet_seconds=0.0, starter_rules=False)
    migrate.upgrade(settings.database_url)
    services = Services(settings, Store(settings.database_url), FixedClock(), NoHints())
    with services.store.write() as unit:
        unit.projects.ensure(DEFAULT_PROJECT, NOW, salt="the same draws in every run")
    return services


def push_rules(services: Services) -> None:
    def create(project: str, name: str, parameters: Mapping[str, Any]) -> Evaluator:
        return EVALUATORS[name]()

    for name, evaluator in (("hallucination", "grounding"), ("toxicity", "manners")):
        rule = Rule(name=name, evaluator=evaluator, rate=0.8, strata=(ALWAYS,))
        push_rule(services.store, DEFAULT_PROJECT, rule, create, services.clock)


def send(services: Services, traces: Sequence[dict[str, Any]]) -> None:
    """Take native traces in, as the API does."""
    parts, errors = native.parse(traces, project=DEFAULT_PROJECT, received=NOW)
    assert not errors, errors
    store_parts(services.store, parts, services.clock, services.quiet)


def settle(services: Services) -> None:
    """Settle, select and aggregate until nothing is left to do."""
    control(services.store, services.clock)


def score(services: Services) -> None:
    """Score everything that is waiting, and bring the rates up to date."""

    def build(project: str, fingerprint: str) -> Evaluator:
        with services.store.read() as unit:
            version = unit.of(project).evaluators.get(fingerprint)
        assert version is not None
        return EVALUATORS[version.name]()

    worker = Worker(
        store=services.store, build=build, clock=services.clock, hints=services.hints, owner="test", batch=64
    )  # fmt: skip
    tools = Tools(store=services.store, clock=services.clock, assemble=assemble, worker=lambda _: worker)
    drain(Stages(tools), SCORE)
    settle(services)


def traffic(count: int = 320) -> list[dict[str, Any]]:
    """Traces of two weeks; prompt version v2, which comes in the second one, makes more mistakes than v1."""
    return [_trace(i, count) for i in range(count)]


def _trace(i: int, count: int) -> dict[str, Any]:
    question, fact, mistake = FACTS[i % len(FACTS)]
    age = timedelta(days=14) * (count - i) / count
    version = "v2" if age < timedelta(days=6) and uniform("version", str(i)) < 0.6 else "v1"
    wrong = uniform("wrong", str(i)) < (0.42 if version == "v2" else 0.08)
    answer = f"{fact} That is all there is to say on it, in reply number {i}."
    if wrong:
        other = "[[and a free case comes with it]]" if i % 3 else f"<<{mistake}>>"
        answer = f"As far as our papers go: {other}, and you need not do anything else. Reply number {i}."
    if uniform("rude", str(i)) < 0.03:
        answer += " Nonsense question, by the way."
    return {
        "id": f"trace-{i:04d}",
        "question": question,
        "answer": answer,
        "context": [{"id": f"doc-{i % 7}", "text": fact, "score": 0.9}, {"text": "Parking is free for guests."}],
        "model": ("aurora-large", "brook-8b", "cedar-mini")[i % 3],
        "prompt_version": version,
        "environment": "production" if i % 5 else "staging",
        "session": f"s-{i // 3}",
        "latency_ms": 300 + 7 * (i % 90),
        "feedback": {0: 1, 7: -1}.get(i % 11),
        "status": "error" if i % 41 == 40 else "ok",
        "start_time": (NOW - age).isoformat(),
    }


def fill(services: Services) -> None:
    """A house with rules, two weeks of scored traffic, and one trace with steps."""
    push_rules(services)
    send(services, [*traffic(), stepped(), failing(), contextless()])
    settle(services)
    score(services)


def stepped() -> dict[str, Any]:
    """A trace with spans: a retriever and a model call below a chain."""
    start = NOW - timedelta(minutes=20)

    def at(seconds: float) -> str:
        return (start + timedelta(seconds=seconds)).isoformat()

    return {
        "id": "stepped",
        "name": "answer-question",
        "question": "What does the lamp cost?",
        "answer": "The lamp <<costs 30 euros>> [[and ships today]]. It is made of oak.",
        "context": ["The lamp costs 20 euros.", "It is made of oak."],
        "model": "aurora-large",
        "prompt_version": "v1",
        "tags": ["shop"],
        "metadata": {"region": "north", "attempt": 2},
        "start_time": at(0),
        "end_time": at(2),
        "spans": [
            {"span_id": "a", "name": "answer", "kind": "chain", "start_time": at(0), "end_time": at(2)},
            {"span_id": "b", "parent_id": "a", "name": "search", "kind": "retriever", "start_time": at(0.05),
             "end_time": at(0.4), "input": "lamp price", "context": ["The lamp costs 20 euros."]},
            {"span_id": "c", "parent_id": "a", "name": "chat", "kind": "llm", "start_time": at(0.45),
             "end_time": at(1.9), "input": "What does the lamp cost?", "output": "The lamp costs 30 euros."},
        ],
    }  # fmt: skip


def failing() -> dict[str, Any]:
    return {"id": "failing", "question": ERROR, "answer": "Anything.", "context": ["Anything."]}


def contextless() -> dict[str, Any]:
    return {"id": "contextless", "question": "Hello?", "answer": "Hello."}
