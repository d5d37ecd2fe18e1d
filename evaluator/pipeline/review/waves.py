"""Waves as they stand: who was asked, who has answered; and their end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from evaluator.core.access import LOCAL
from evaluator.core.errors import NotFound
from evaluator.core.ports import Clock
from evaluator.core.quarantine import Kind, Step
from evaluator.core.review.label import Review
from evaluator.core.review.wave import Wave
from evaluator.store.store import Store, Unit

STATES = ("open", "waiting", "done", "passed", "closed")
_SOME = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """A wave with how far it is: how many of its tasks are in which state, by kind of review, and of how many tasks
    each annotator says something. `trouble` says why it can not decide on what comes, where it can not."""

    wave: Wave
    tasks: dict[str, dict[str, int]]
    annotators: dict[str, int] = field(default_factory=dict)
    trouble: str = ""

    @property
    def open(self) -> int:
        """Tasks that wait for somebody."""
        return sum(states.get("open", 0) for states in self.tasks.values())


def wave_of(unit: Unit, project: str, wave: str) -> Wave:
    """Raises NotFound where there is no such wave."""
    found = unit.of(project).waves.get(wave)
    if found is None:
        raise NotFound("wave", wave, "List what there is with `faithline waves list` or GET /api/v1/waves")
    return found


def progress_of(unit: Unit, project: str, waves: Sequence[Wave]) -> list[Progress]:
    """How far each of `waves` is. Tasks count with the wave that they are served for."""
    mine, ids = unit.of(project), [wave.id for wave in waves]
    tasks = {wave: {review.value: dict.fromkeys(STATES, 0) for review in Review} for wave in ids}
    for wave, review, state, n in mine.tasks.counts(ids):
        tasks[wave][review][state] = n
    annotators, aside = mine.labels.annotators(ids), mine.quarantine.at(Step.REVIEW, Kind.WAVE)
    return [
        Progress(one, tasks[one.id], annotators.get(one.id, {}), aside[one.id].error if one.id in aside else "")
        for one in waves
    ]


def close_wave(store: Store, project: str, wave: str, clock: Clock, *, actor: str = LOCAL) -> Progress:
    """End a wave: a standing one decides on nothing more, and what of its tasks is not answered is served no more
    and stays unanswered, but for what another open wave has drawn as well. One that is closed stays as it is.

    Raises:
        NotFound: there is no such wave.
    """
    return store.change(partial(_close, project=project, wave=wave, clock=clock, actor=actor))


def _close(unit: Unit, project: str, wave: str, clock: Clock, actor: str) -> Progress:
    mine, now, found = unit.of(project), clock.now(), wave_of(unit, project, wave)
    mine.waves.alone(found.criterion)
    if mine.waves.close(wave, now):
        mine.quarantine.clear(Step.REVIEW, Kind.WAVE, [wave])
        closed, handed = _close_tasks(unit, found)
        mine.audit.record(actor, "wave.close", wave, now, unanswered=closed, handed_on=handed)
    return progress_of(unit, project, [wave_of(unit, project, wave)])[0]


def _close_tasks(unit: Unit, wave: Wave) -> tuple[int, int]:
    """Hand on or close what is left of a wave's tasks; returns how many were closed, and how many handed on."""
    mine = unit.of(wave.project)
    others = mine.waves.opened() & {*mine.waves.over(wave.series)}
    closed = handed = 0
    while left := mine.tasks.of_wave(wave.id, ("open", "waiting"), _SOME):
        drawn = mine.waves.drawn_by([task.target for task in left], others) if others else {}
        by_wave: dict[str, list[str]] = defaultdict(list)
        for task in left:
            if task.target in drawn:
                by_wave[drawn[task.target]].append(task.id)
        for other, tasks in sorted(by_wave.items()):
            mine.tasks.give_to(other, tasks)
        rest = [task.id for task in left if task.target not in drawn]
        mine.tasks.close(rest)
        closed, handed = closed + len(rest), handed + len(left) - len(rest)
    return closed, handed
