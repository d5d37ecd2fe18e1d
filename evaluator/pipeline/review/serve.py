"""Serves tasks: one to one person at a time, under a lease, in the random order of their waves.

Nobody is given a sample of which they have said something already, so that a second review is always another
person's. What is shown holds nothing of what evaluators or others make of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from evaluator.core.bounds import ANNOTATOR
from evaluator.core.errors import InvalidInput
from evaluator.core.ports import Clock
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.review.label import Review
from evaluator.pipeline.catalog.criteria import criterion_of
from evaluator.pipeline.review.anchors import anchor
from evaluator.pipeline.review.asking import content_of, task_id
from evaluator.pipeline.review.waves import wave_of
from evaluator.store.store import Store, Unit

LEASE = timedelta(minutes=10)
BATCH = 20
"""About so many tasks are told of at a time. As their order is random, whatever is finished is a fair part."""
COUNTED = 1000
"""Open tasks are counted up to so many: nobody waits for a number that they have no use for."""
LOOKED_AT = 50
"""Free tasks that are looked at together for one that its annotator has not met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A task as a reviewer sees it, held for them until `lease_until`.

    `left_in_batch` and `left` count the open tasks, this one among them; the second up to `COUNTED`. `batch` is the
    number of its batch: after another one, that is through.
    """

    task: str
    criterion: CriterionDefinition
    question: str
    conversation: tuple[Mapping[str, str], ...]
    passages: tuple[Mapping[str, Any], ...]
    tool_calls: tuple[Mapping[str, Any], ...]
    """Each with its `name`, `arguments`, `result` and `error`, in the order of the calls."""
    answer: str
    batch: int
    left_in_batch: int
    left: int
    lease_until: datetime


def check_annotator(name: str) -> str:
    """`name`, where it can be that of an annotator. Raises InvalidInput."""
    if not 1 <= len(name) <= ANNOTATOR.size or not name.isprintable() or name != name.strip():
        problem = f"must be 1 to {ANNOTATOR.size} printable characters, without blanks around them"
        raise InvalidInput("annotator", problem, "Give the name of whoever labels")
    return name


def next_task(
    store: Store,
    project: str,
    annotator: str,
    clock: Clock,
    *,
    wave: str | None = None,
    lease: timedelta = LEASE,
    task: str | None = None,
) -> Served | None:
    """The next task for `annotator`, of one wave or of all; None where there is none for them now.

    Whoever asks again before they have answered gets the same one, and more time for it. Of several that they hold,
    `task` comes first: one that they have taken back.

    Raises:
        InvalidInput: an annotator who can not be called so.
        NotFound: there is no such wave.
    """
    check_annotator(annotator)
    now, after = clock.now(), None
    with store.read() as unit:
        if wave is not None:
            wave_of(unit, project, wave)
        first = unit.of(project).desk.held(annotator, wave, now, task) if task else None
        held = first or unit.of(project).desk.held(annotator, wave, now)
    wanted, take = [held] if held else [], _take
    while True:
        if wanted:
            to_them = partial(take, project=project, annotator=annotator, now=now, until=now + lease)
            if (row := store.change(partial(to_them, wanted=wanted))) is not None:
                return _served(store, project, row, wave)
        take = partial(_take_new, wave=wave)
        with store.read() as unit:
            page = unit.of(project).desk.free(annotator, wave, now, after, LOOKED_AT)
            wanted = _unmet(unit, project, annotator, page)
        if not page:
            return None
        after = page[-1][:2]


def _unmet(unit: Unit, project: str, annotator: str, page: list[tuple[float, str, str, str, str]]) -> list[str]:
    """Those of some free tasks on whose samples the annotator has said nothing."""
    met = {
        (criterion, *target)
        for criterion in {row[2] for row in page}
        for target in unit.of(project).labels.said(
            annotator, criterion, [row[3:] for row in page if row[2] == criterion]
        )
    }
    return [row[1] for row in page if row[2:] not in met]


def _take(
    unit: Unit, project: str, annotator: str, wanted: list[str], now: datetime, until: datetime
) -> dict[str, Any] | None:
    """The first of the `wanted` tasks that nobody else has taken meanwhile, now held until `until`."""
    mine = unit.of(project)
    for task in wanted:
        if (row := mine.desk.lock(task, annotator, now)) is not None:
            row = row if row["seen"] else _brought_up_to_date(unit, project, row, now)
            mine.tasks.change(task, state="open", seen=True, lease_owner=annotator, lease_until=until)
            return row | {"lease_until": until}
    return None


def _take_new(
    unit: Unit, project: str, annotator: str, wanted: list[str], wave: str | None, now: datetime, until: datetime
) -> dict[str, Any] | None:
    """As `_take`, for somebody who holds none; if they were given one meanwhile, in another tab, that one."""
    mine = unit.of(project)
    mine.desk.alone(annotator)
    held = mine.desk.held(annotator, wave, now)
    return _take(unit, project, annotator, [held] if held else wanted, now, until)


def _brought_up_to_date(unit: Unit, project: str, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A task that nobody has seen, with what its target holds now; as it was drawn where that is gone."""
    mine = unit.of(project)
    target = row["target_kind"], row["target_id"]
    current = mine.traces.current_targets([row["trace_id"]], {row["day"]})
    found = next((t for t in current if (t.target_kind, t.target_id) == target), None)
    if found is None or found.content_hash == row["content_hash"]:
        return row
    samples = mine.traces.samples([(project, row["day"], *target, found.content_hash)])
    changed: dict[str, Any] = {
        "content_hash": found.content_hash,
        "content": content_of(next(iter(samples.values()))),
    }
    mine.tasks.change(row["id"], **changed)
    if row["review"] == Review.FIRST:
        mine.tasks.change(task_id(row["criterion"], row["series"], target, Review.SECOND), state="waiting", **changed)
    anchor(unit, project, row["criterion"], [row | changed], now, row["fingerprint"])
    return row | changed


def _batch_of(unit: Unit, project: str, wave: str | None, place: float) -> tuple[int, tuple[float, float]]:
    """The number of the batch around `place`, and its places [low, high): the tasks of waves lie evenly in [0, 1),
    and those of waves that are answered are no part of it."""
    mine = unit.of(project).waves
    asked = mine.asked([wave] if wave is not None else [one.id for one in mine.serving()])
    width = BATCH / max(asked, BATCH)
    number = int(place / width)
    return number, (number * width, (number + 1) * width)


def _served(store: Store, project: str, row: Mapping[str, Any], wave: str | None) -> Served:
    with store.read() as unit:
        left = unit.of(project).desk.count(wave, COUNTED)
        batch, places = _batch_of(unit, project, wave, row["place"])
        left_in_batch = unit.of(project).desk.count(wave, COUNTED, places)
        criterion = criterion_of(unit, project, row["criterion"], row["criterion_version"])
    content = row["content"]
    system = content.get("system_prompt")
    return Served(
        task=row["id"],
        criterion=criterion,
        question=content["question"],
        conversation=({"role": "system", "text": system},) if system else (),
        passages=tuple({"text": p["text"], "id": p.get("id")} for p in content["passages"]),
        # Tasks from before samples kept them have none.
        tool_calls=tuple(content.get("tool_calls") or ()),
        answer=content["answer"],
        batch=batch,
        left_in_batch=max(left_in_batch, 1),
        left=max(left, 1),
        lease_until=row["lease_until"],
    )
