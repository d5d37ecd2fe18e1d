"""Which samples a rubric is tried on, and what the newest traces have of what it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from evaluator.core.ids import uniform
from evaluator.core.review.label import Answered
from evaluator.core.rubric import Rubric
from evaluator.core.rule import Rule
from evaluator.core.times import AHEAD
from evaluator.core.trace import Sample
from evaluator.evaluators.common import missing
from evaluator.pipeline.sampling.decide import facts_of
from evaluator.store.repositories.traces.traces import CurrentTarget, SampleKey
from evaluator.store.store import ProjectUnit

WINDOW = timedelta(days=7)
"""What is looked back on."""
LOOKED_AT = 300
"""The newest traces whose samples are looked at."""
LABELS = 2_000
"""The newest labels that samples are looked for among."""


@dataclass(frozen=True, slots=True)
class Person:
    """What a person said last of a sample: its level, and how bad that is in [0, 1]."""

    level: str
    bad: float
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sample to try a rubric on."""

    trace_id: str
    sample: Sample
    person: Person | None


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the newest traces are like: `answers` were looked at, of which `have` counts those that have each input.

    `drawn_a_day` is how many answers a day a rule's judge would be asked about, of what came within `WINDOW`.
    """

    answers: int
    have: Mapping[str, int]
    drawn_a_day: float


def traffic_of(
    home: ProjectUnit, rubric: Rubric, now: datetime, rule: Rule | None, rate: float
) -> tuple[Traffic, list[Candidate]]:
    """The traffic, and the samples of it that can be judged; `rule` draws, or everything at `rate` in (0, 1]."""
    start, end = now - WINDOW, now + AHEAD
    newest = [trace for _, trace in home.traces.planned_between(start, end, None, LOOKED_AT)]
    targets = home.traces.current_targets(newest, set(home.traces.days(newest).values()))
    found = _samples(home, targets)
    have: Counter[str] = Counter()
    for _, sample in found:
        have.update(name for name in rubric.inputs if missing(sample, [name]) is None)
    rates = {row["id"]: _rate(rule, rate, facts_of(row)) for row in home.traces.rows(newest)}
    drawn = sum(rates[trace] for trace, _ in found)
    planned = home.traces.states_between(start, end).get("planned", 0)
    days = WINDOW / timedelta(days=1)
    a_day = planned / days * (drawn / len(newest)) if newest else 0.0
    needs = rubric.needs_of_sample
    fit = [Candidate(trace, sample, None) for trace, sample in found if missing(sample, needs) is None]
    return Traffic(len(found), have, a_day), fit


def labelled(home: ProjectUnit, rubric: Rubric) -> list[Candidate]:
    """The samples that people have judged by the rubric's criterion, the newest first; not those that the rubric
    shows as examples."""
    shown = {(e.sample.target_kind, e.sample.target_id) for e in rubric.examples if e.sample is not None}
    said: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for row in home.labels.newest(rubric.criterion.name, LABELS):
        said.setdefault((row["target_kind"], row["target_id"], row["content_hash"]), row)
    told = {
        key: row for key, row in said.items() if row["answered"] == Answered.LEVEL and key[:2] not in shown
    }  # fmt: skip
    traces = [row["trace_id"] for row in told.values()]
    days = home.traces.days(traces)
    targets = home.traces.current_targets(sorted(days), set(days.values()))
    known = {(t.target_kind, t.target_id, t.content_hash): t for t in targets}
    wanted = [(known[key], row) for key, row in told.items() if key in known]
    texts = dict(_samples(home, [target for target, _ in wanted], by_key=True))
    return [
        Candidate(target.trace_id, texts[_key(home, target)], Person(row["level"], row["bad"], row["comment"]))
        for target, row in wanted
        if _key(home, target) in texts
    ]


def chosen(candidates: Sequence[Candidate], people: Sequence[Candidate], size: int, salt: str) -> list[Candidate]:
    """`size` samples: half of them such as people have judged, if there are so many, the others at random."""
    first = _some(people, (size + 1) // 2, salt)
    names = {(one.sample.target_id, one.sample.content_hash) for one in first}
    rest = [one for one in candidates if (one.sample.target_id, one.sample.content_hash) not in names]
    return [*first, *_some(rest, size - len(first), salt)]


def _some(candidates: Sequence[Candidate], size: int, salt: str) -> list[Candidate]:
    return sorted(candidates, key=lambda one: uniform(salt, one.sample.project, one.sample.target_id))[:size]


def _rate(rule: Rule | None, rate: float, facts: Mapping[str, Any]) -> float:
    if rule is None:
        return rate
    onward = rule.cascade.rate if rule.cascade else 1.0
    return rule.stratum(facts)[1] * onward if rule.covers(facts) else 0.0


def _key(home: ProjectUnit, target: CurrentTarget) -> SampleKey:
    return home.project, target.day, target.target_kind, target.target_id, target.content_hash


def _samples(
    home: ProjectUnit, targets: Sequence[CurrentTarget], *, by_key: bool = False
) -> list[tuple[Any, Sample]]:
    """Each sample by its trace, or by its key."""
    found = home.traces.samples([_key(home, target) for target in targets])
    pairs = [(target, found[key]) for target in targets if (key := _key(home, target)) in found]
    return [(_key(home, target) if by_key else target.trace_id, sample) for target, sample in pairs]
