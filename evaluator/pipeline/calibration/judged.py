"""Reads what people said of the samples of a criterion, each with the traffic that it stands for."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from evaluator.core.review.label import DECIDED, Answered, Review
from evaluator.stats.units import LARGEST
from evaluator.store.repositories.review.asked import AskedSample
from evaluator.store.repositories.review.reviewed import drawn_by_any, first_of_each
from evaluator.store.repositories.review.waves import Target
from evaluator.store.store import ProjectUnit

MOST = 20_000
"""Samples that are read, the newest ones that people were asked about: what one answer costs stays bounded."""
_WAITING = ("open", "waiting")


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSample:
    """A sample with a first verdict, which is a level of the criterion."""

    target: Target
    content: str
    """The hash of what was judged."""
    bad: float
    """In [0, 1], by the first verdict."""
    weight: float
    """So much traffic it stands for, > 0."""
    second_weight: float
    """The same among the samples that a second person was asked about."""
    cluster: str
    """Equal where samples tend to be alike: those of a session or a user."""
    slice: tuple[str | None, ...]
    """The value of each of `SLICE_DIMENSIONS`."""
    again: float | None = None
    """What the second person said, in [0, 1]."""
    decided: float | None = None
    """What a third one decided where the two differed."""
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A level that a person chose in a first or a second review, whose choice still stands."""

    target: Target
    annotator: str
    bad: float
    weight: float
    cluster: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Samples that people were asked about, and what came of it."""

    samples: int = 0
    judged: int = 0
    """With a first verdict that is a level."""
    waiting: int = 0
    """To be answered yet."""
    no_answer: int = 0
    """Whoever was asked could not tell, or passed it on; or the wave was closed before anybody was."""
    outside: int = 0
    """People say that the criterion does not apply."""
    unusable: int = 0
    """Judged, but by stored numbers that make no sense."""
    simulated: int = 0
    """Of the judged ones, those that were answered from recorded truth and not by a person."""
    cut_off: bool = False
    """Whether there are older ones, which were not read: these are the newest `MOST`."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What people said of the samples of a criterion."""

    asked: Asked = Asked()
    samples: list[JudgedSample] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


def read_judged(
    mine: ProjectUnit, criterion: str, start: datetime | None = None, end: datetime | None = None
) -> Judged:
    """What was said of the newest samples by a criterion, on traces that began in [start, end).

    A sample that several series drew is one here, and stands for the traffic of each: its weights are added up.
    """
    found = mine.asked.newest(criterion, (start, end), MOST + 1)
    tasks: dict[Target, list[AskedSample]] = defaultdict(list)
    for task in found[:MOST]:
        tasks[task.target].append(task)
    labels = mine.asked.labels(criterion, tasks)
    firsts = first_of_each(row for row in labels if row["review"] == Review.FIRST)
    seconds = _shares(mine, criterion, tasks)
    weights = _weights(tasks, firsts)
    known = {
        target: _sample(own, firsts[target], weights[target], seconds.get(target, 1.0))
        for target, own in tasks.items()
        if _is_level(firsts.get(target)) and 1.0 / LARGEST <= weights[target] <= LARGEST
    }
    said: dict[Target, list[Mapping[str, Any]]] = defaultdict(list)
    for row in labels:
        said[row["target_kind"], row["target_id"]].append(row)
    samples = [_reviewed(sample, said[target]) for target, sample in known.items()]
    asked = _counted(tasks, firsts, samples, cut_off=len(found) > MOST)
    return Judged(asked, samples, list(_answers(known, seconds, labels)))


def _is_level(label: Mapping[str, Any] | None) -> bool:
    if label is None or label["answered"] != Answered.LEVEL or label["bad"] is None:
        return False
    return bool(0.0 <= label["bad"] <= 1.0)


def _shares(mine: ProjectUnit, criterion: str, tasks: Mapping[Target, Sequence[AskedSample]]) -> dict[Target, float]:
    """The probability of a second review of each target that has one."""
    asked = mine.asked.seconds(criterion, tasks)
    waves = {task.wave for target in asked for task in tasks[target]}
    share = {wave.id: wave.request.second_share for wave in mine.waves.named(waves)}
    # A task that was handed on to another wave has the share of the one that drew it, which is not kept.
    return {target: drawn_by_any({t.wave: share.get(t.wave, 0.0) for t in tasks[target]}) or 1.0 for target in asked}


def _weights(
    tasks: Mapping[Target, Sequence[AskedSample]], firsts: Mapping[Target, Mapping[str, Any]]
) -> dict[Target, float]:
    """So much traffic each target stands for: those that are decided on also for those that are not, within the
    stratum of the series that drew them."""
    drawn: dict[tuple[str, str | None], float] = defaultdict(float)
    decided: dict[tuple[str, str | None], float] = defaultdict(float)
    for target, own in tasks.items():
        for task in own:
            usable = task.weight if math.isfinite(task.weight) else 0.0
            drawn[task.series, task.slice[-1]] += usable
            if target in firsts and firsts[target]["answered"] in DECIDED:
                decided[task.series, task.slice[-1]] += usable
    factor = {key: drawn[key] / total for key, total in decided.items() if total > 0.0}
    return {
        target: sum(task.weight * factor.get((task.series, task.slice[-1]), 1.0) for task in own)
        for target, own in tasks.items()
    }


def _sample(
    tasks: Sequence[AskedSample], first: Mapping[str, Any], weight: float, second_share: float
) -> JudgedSample:
    newest = tasks[0]
    return JudgedSample(
        target=newest.target, content=first["content_hash"], bad=float(first["bad"]), weight=weight,
        second_weight=weight / second_share,
        cluster=str(newest.cluster) if newest.cluster else " ".join(newest.target),  # alone
        slice=newest.slice, simulated=bool(first["simulated"]),
    )  # fmt: skip


def _reviewed(sample: JudgedSample, labels: Sequence[Mapping[str, Any]]) -> JudgedSample:
    """`sample` with what others said of the same content."""
    same = [row for row in labels if row["content_hash"] == sample.content]
    said = {
        review: first_of_each(row for row in same if row["review"] == review).get(sample.target)
        for review in (Review.SECOND, Review.ADJUDICATION)
    }
    again, decided = (
        float(row["bad"]) if row is not None and _is_level(row) else None
        for row in (said[Review.SECOND], said[Review.ADJUDICATION])
    )
    return replace(sample, again=again, decided=decided)


def _answers(
    known: Mapping[Target, JudgedSample], seconds: Mapping[Target, float], labels: Iterable[Mapping[str, Any]]
) -> Iterable[Answer]:
    """What each person said last of each sample that is judged. Not what was decided where two differed: those who
    decide are asked only there, and always agree with somebody."""
    last: dict[tuple[Target, str], Mapping[str, Any]] = {}
    for row in sorted(labels, key=lambda row: (row["created_at"], row["sequence"])):
        if row["review"] in (Review.FIRST, Review.SECOND):
            last[(row["target_kind"], row["target_id"]), row["annotator"]] = row
    for (target, annotator), row in last.items():
        sample = known.get(target)
        if sample is None or not _is_level(row) or row["content_hash"] != sample.content:
            continue
        weight = sample.second_weight if target in seconds else sample.weight
        yield Answer(target=target, annotator=annotator, bad=float(row["bad"]), weight=weight, cluster=sample.cluster)


def _counted(
    tasks: Mapping[Target, Sequence[AskedSample]],
    firsts: Mapping[Target, Mapping[str, Any]],
    samples: Sequence[JudgedSample],
    *,
    cut_off: bool,
) -> Asked:
    said = {target: firsts[target]["answered"] if target in firsts else None for target in tasks}
    undecided = [target for target, answered in said.items() if answered not in DECIDED]
    waiting = sum(any(task.state in _WAITING for task in tasks[target]) for target in undecided)
    return Asked(
        samples=len(tasks),
        judged=len(samples),
        waiting=waiting,
        no_answer=len(undecided) - waiting,
        outside=sum(answered == Answered.DOES_NOT_APPLY for answered in said.values()),
        unusable=sum(answered == Answered.LEVEL for answered in said.values()) - len(samples),
        simulated=sum(sample.simulated for sample in samples),
        cut_off=cut_off,
    )
