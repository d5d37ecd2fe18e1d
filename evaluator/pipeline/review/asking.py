"""Makes tasks of what waves have drawn, and keeps what tasks say of the waves in whose frames they lie."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from evaluator.core.ids import content_hash, uniform
from evaluator.core.review.label import DECIDED, Answered, Review
from evaluator.core.review.wave import Wave
from evaluator.core.trace import Sample
from evaluator.pipeline.review.anchors import anchor
from evaluator.store.repositories.review.frames import FrameUnit
from evaluator.store.repositories.review.waves import Target
from evaluator.store.store import ProjectUnit, Unit

PLACE, SECOND, SECOND_PLACE = ":place", ":second", ":second-place"
"""Each draw of a wave has a salt of its own."""
_DESIGN = ("stratum", "cluster", "at", "model", "prompt_version", "environment", "service", "sampling_probability")


def ask(unit: Unit, wave: Wave, drawn: Sequence[FrameUnit], now: datetime) -> tuple[int, int]:
    """Make a task of each sample that `wave` has drawn, unless its series asks about it already; returns how many
    are new, and how many of these a second person is asked about.

    To be called while nobody else makes tasks for the criterion (`Waves.alone`), with the decisions stored.
    """
    mine = unit.of(wave.project)
    asked = mine.tasks.of_targets(wave.criterion, [u.target for u in drawn])
    own = {target: [t for t in tasks if t["series"] == wave.series] for target, tasks in asked.items()}
    opened = mine.waves.opened()
    again = [t["id"] for tasks in own.values() for t in tasks if t["wave"] not in opened]
    if again:
        mine.tasks.give_to(wave.id, again)
    fresh = [u for u in drawn if not own.get(u.target)]
    known = mine.traces.samples([(wave.project, u.day, *u.target, u.content_hash) for u in fresh])
    contents = {(s.target_kind, s.target_id): content_of(s) for s in known.values()}
    fresh = [u for u in fresh if u.target in contents]  # but for what was deleted meanwhile
    waves = mine.waves.over(wave.series)
    lies_in = mine.waves.decisions([u.target for u in fresh], waves)
    firsts = [_first(wave, u, contents[u.target], lies_in[u.target], now) for u in fresh]
    seconds = [_second(wave, row) for row in firsts if _is_second(wave, row["target_id"])]
    mine.tasks.add([*firsts, *seconds])
    _answer_as_elsewhere(mine, wave, firsts, asked)
    anchor(unit, wave.project, wave.criterion, firsts, now, wave.fingerprint)
    return len(firsts), len(seconds)


def content_of(sample: Sample) -> dict[str, Any]:
    """What a task keeps of a sample: all that is shown."""
    return {
        "question": sample.question,
        "answer": sample.answer,
        "passages": [{"text": p.text, "id": p.id} for p in sample.passages],
        "system_prompt": sample.system_prompt,
        "tool_calls": [asdict(call) for call in sample.tool_calls],
    }


def task_id(criterion: str, series: str, target: Target, review: str) -> str:
    """Names the task of a sample: the same whoever makes it, and however often."""
    return "task-" + content_hash([criterion, series, *target, review])[:24]


def remember(mine: ProjectUnit, wave: Wave, targets: Collection[Target] | None = None) -> None:
    """Have the tasks of a wave's series say that they lie in its frame: those of `targets`, or all of its window.

    What is known of other waves stays: decisions go with the days of their traces, tasks are kept.
    """
    waves = mine.waves.over(wave.series)
    if targets is not None:
        found = mine.tasks.of_targets(wave.criterion, targets).values()
        rows = [(t["id"], (t["target_kind"], t["target_id"]), t["probabilities"])
                for tasks in found for t in tasks if t["series"] == wave.series]  # fmt: skip
        _write(mine, rows, waves)
        return
    after = None
    window = (wave.start, wave.end or wave.created_at)
    while page := mine.tasks.within(wave.criterion, wave.series, window, after, 500):
        _write(mine, [(t.id, t.target, t.probabilities) for t in page], waves)
        after = page[-1]


def _write(mine: ProjectUnit, rows: Sequence[tuple[str, Target, Mapping[str, float]]], waves: Sequence[str]) -> None:
    lies_in = mine.waves.decisions([target for _, target, _ in rows], waves)
    merged = {task: {**before, **lies_in.get(target, {})} for task, target, before in rows}
    before_of = {task: before for task, _, before in rows}
    mine.tasks.write_probabilities({task: found for task, found in merged.items() if found != before_of[task]})


def _is_second(wave: Wave, target: str) -> bool:
    return uniform(wave.salt + SECOND, wave.project, target) < wave.request.second_share


def _first(wave: Wave, u: FrameUnit, content: Any, lies_in: Mapping[str, float], now: datetime) -> dict[str, Any]:
    return {
        "id": task_id(wave.criterion, wave.series, u.target, Review.FIRST),
        "wave": wave.id,
        "criterion": wave.criterion,
        "criterion_version": wave.criterion_version,
        "review": Review.FIRST.value,
        "target_kind": u.target_kind,
        "target_id": u.target_id,
        "content_hash": u.content_hash,
        "trace_id": u.trace_id,
        "day": u.day,
        "place": uniform(wave.salt + PLACE, wave.project, u.target_id),
        "state": "open",
        "content": content,
        "series": wave.series,
        "fingerprint": wave.fingerprint,
        "inclusion": u.inclusion,
        "probabilities": dict(lies_in),
        "created_at": now,
    } | {name: getattr(u, name) for name in _DESIGN}


def _second(wave: Wave, first: Mapping[str, Any]) -> dict[str, Any]:
    target = first["target_kind"], first["target_id"]
    return {
        **first,
        "id": task_id(wave.criterion, wave.series, target, Review.SECOND),
        "review": Review.SECOND.value,
        "place": uniform(wave.salt + SECOND_PLACE, wave.project, target[1]),
        "state": "waiting",
    }


def _answer_as_elsewhere(
    mine: ProjectUnit, wave: Wave, firsts: Sequence[Mapping[str, Any]], asked: Mapping[Target, Sequence[Any]]
) -> None:
    """Nobody is asked twice: what was answered for another series about the same content answers a new task, too."""
    done = {
        (*target, task["content_hash"]): task["id"]
        for target, tasks in asked.items()
        for task in tasks
        if task["series"] != wave.series and task["review"] == Review.FIRST.value and task["state"] == "done"
    }
    said = mine.labels.of_tasks(done.values())
    for first in firsts:
        same = first["target_kind"], first["target_id"], first["content_hash"]
        for label in said.get(done.get(same, ""), ()):
            if Answered(label["answered"]) in DECIDED:
                answered(mine, first, label)


def answered(mine: ProjectUnit, task: Mapping[str, Any], label: Mapping[str, Any]) -> None:
    """Have an open first task be answered by what was said of the same content for another series."""
    values = {
        "becomes": "done",
        "seen": True,
        "done_at": label["created_at"],
        "lease_owner": None,
        "lease_until": None,
    }
    if not mine.tasks.change(task["id"], state="open", **values):
        return
    mine.labels.revise({**_plain(label), "task": task["id"], "wave": task["wave"], "review": task["review"]})
    target = task["target_kind"], task["target_id"]
    second = task_id(task["criterion"], task["series"], target, Review.SECOND)
    mine.tasks.change(
        second, state="waiting", becomes="open", seen=True, first_annotator=label["annotator"],
        content_hash=task["content_hash"],
    )  # fmt: skip


def _plain(label: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in label.items() if name not in ("project", "sequence")}
