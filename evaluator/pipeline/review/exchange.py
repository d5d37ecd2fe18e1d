"""Tasks out to wherever a team labels, and completed ones back in: one row a task, with the design that drew it.

A row that comes back without a task of ours is a label without a design: it is kept, and enters no rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isclose
from typing import Any

from evaluator.core.access import LOCAL
from evaluator.core.errors import Conflict, InvalidInput, ItemError, NotFound
from evaluator.core.ports import Clock
from evaluator.core.review.label import DECIDED, Answered, Source
from evaluator.core.unknown import shortened
from evaluator.pipeline.catalog.documents import check_document
from evaluator.pipeline.review.labels import Said, add_label
from evaluator.pipeline.review.serve import check_annotator
from evaluator.pipeline.review.verdicts import give_verdict, skip
from evaluator.pipeline.review.waves import wave_of
from evaluator.store.repositories.review.reviewed import drawn_by_any
from evaluator.store.store import Store, Unit

PAGE = 200
"""Tasks that are read at a time."""
_NAMED = ("wave", "criterion", "criterion_version", "review", "state", "trace_id", "target_id", "content_hash")
_DESIGN = ("inclusion", "sampling_probability", "stratum", "cluster", "model", "prompt_version")
_SHOWN = ("question", "answer", "passages")
_MOVES = ("state", "wave")
"""What further waves change of a task that is out; so they do its probability."""
_FIXED = (*(name for name in _NAMED if name not in _MOVES), *_DESIGN, "at", "question", "answer")
"""What must come back as it went out, where it comes back at all."""
_NOT_LEVELS = (Answered.CANNOT_TELL.value, Answered.DOES_NOT_APPLY.value, Answered.SKIPPED.value)
_NEW_ROW = "Leave `task` out to give a label without a design"


def export_page(
    unit: Unit, project: str, after: str, *, wave: str | None = None, open_only: bool = False
) -> list[dict[str, Any]]:
    """The next rows, one a task, from the one after the task `after` on; of one wave, or only what is to be answered.

    Raises:
        NotFound: there is no such wave.
    """
    mine = unit.of(project)
    if wave is not None:
        wave_of(unit, project, wave)
    tasks = mine.tasks.page(after, PAGE, wave=wave, open_only=open_only)
    said = mine.labels.of_tasks([task["id"] for task in tasks])
    return [row_of(task, said.get(task["id"], ())) for task in tasks]


def export_rows(
    store: Store, project: str, *, wave: str | None = None, open_only: bool = False
) -> Iterator[dict[str, Any]]:
    """All rows of `export_page`, read page by page."""
    after = ""
    while True:
        with store.read() as unit:
            page = export_page(unit, project, after, wave=wave, open_only=open_only)
        if not page:
            return
        yield from page
        after = page[-1]["task"]


def row_of(task: Mapping[str, Any], said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A task as a JSON row, with what was said of it: its answer or, where nobody could, what was said last."""
    row: dict[str, Any] = {"task": task["id"]} | {name: task[name] for name in _NAMED}
    row |= {name: task["content"][name] for name in _SHOWN}
    if calls := task["content"].get("tool_calls"):
        row["tool_calls"] = calls
    row |= {name: task[name] for name in _DESIGN}
    row |= {"probability": drawn_by_any(task["probabilities"]), "at": task["at"].isoformat()}
    label = next((one for one in said if Answered(one["answered"]) in DECIDED), said[-1] if said else None)
    if label is not None:
        row |= {name: label[name] for name in ("annotator", "answered", "level", "spans", "comment")}
        row["labelled_at"] = label["created_at"].isoformat()
    return row


@dataclass(slots=True)
class Imported:
    """What came of rows: `accepted` are new labels, `unchanged` stood there already, `unanswered` say nothing yet.

    `errors` name the place of each row that was refused, its field and the remedy.
    """

    accepted: int = 0
    unchanged: int = 0
    unanswered: int = 0
    errors: list[ItemError] = field(default_factory=list)


def import_rows(
    store: Store,
    project: str,
    rows: Iterable[tuple[int, Any]],
    annotator: str,
    clock: Clock,
    *,
    actor: str = LOCAL,
) -> Imported:
    """Take completed rows in, each with its place (a line, an index); `annotator` is whoever labelled those rows that
    name nobody. The same again changes nothing; a row that is wrong is told, and the others are kept.

    Raises:
        InvalidInput: an annotator who can not be called so.
    """
    check_annotator(annotator)
    done = Imported()
    for place, row in rows:
        try:
            _import(store, project, row, annotator, clock, done)
        except InvalidInput as error:
            done.errors.append(ItemError.of(place, error))
        except NotFound as error:
            done.errors.append(ItemError(place, error.kind.split()[0], f"{error.name!r} is not there", error.remedy))
        except Conflict as error:
            problem, _, remedy = str(error).partition(". ")
            done.errors.append(ItemError(place, "task", problem, remedy))
    with store.write() as unit:
        counts = {"accepted": done.accepted, "unchanged": done.unchanged, "refused": len(done.errors)}
        unit.of(project).audit.record(actor, "label.import", annotator, clock.now(), **counts)
    return done


def _import(store: Store, project: str, row: Any, annotator: str, clock: Clock, done: Imported) -> None:
    if not isinstance(row, Mapping):
        raise InvalidInput("row", "must be an object", "Send one JSON object a row, as they were exported")
    check_document(dict(row), "row")
    level = _level(row)
    if level is None:
        if row.get("task") is None and row.get("trace_id") is None:
            raise InvalidInput("task", "is missing", "Send rows as they were exported, with `level` filled in")
        done.unanswered += 1
        return
    who = check_annotator(_text(row, "annotator") or annotator)
    spans, comment = row.get("spans") or [], _text(row, "comment") or ""
    if not isinstance(spans, list):
        raise InvalidInput("spans", "must be a list", 'Send [{"start": 0, "end": 5}], or leave it out')
    if row.get("task") is None:
        new = _outside(store, project, row, level, who, clock)
    else:
        new = _answer(store, project, row, who, clock, level=level, spans=spans, comment=comment)
    done.accepted += new
    done.unchanged += not new


def _level(row: Mapping[str, Any]) -> str | None:
    """What a row answers; None where it does not yet."""
    level, answered = _text(row, "level"), _text(row, "answered")
    if level is not None or answered is None:
        return level
    if answered not in _NOT_LEVELS:
        raise InvalidInput("level", "is missing", f"Give one of the criterion's, or {', '.join(_NOT_LEVELS)}")
    return answered


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidInput(name, "must be a text", "Put it in quotes")
    return value or None


def _outside(store: Store, project: str, row: Mapping[str, Any], level: str, who: str, clock: Clock) -> bool:
    if level == Answered.SKIPPED:
        raise InvalidInput("level", "is a skip, and nobody was asked", "Leave the row out")
    trace, criterion = _text(row, "trace_id"), _text(row, "criterion")
    for name, value in (("trace_id", trace), ("criterion", criterion)):
        if value is None:
            raise InvalidInput(name, "is missing", "Say which trace is judged, by which criterion; or give `task`")
    said = Said(
        trace=trace or "", criterion=criterion or "", level=level, target=_text(row, "target_id"),
        content=_text(row, "content_hash"), spans=row.get("spans") or [], comment=_text(row, "comment") or "",
    )  # fmt: skip
    return add_label(store, project, who, said, clock, source=Source.IMPORT)[1]


def _answer(
    store: Store, project: str, row: Mapping[str, Any], who: str, clock: Clock, *, level: str, **said: Any
) -> bool:
    """Answer a task of ours; returns whether that is new."""
    name = _text(row, "task") or ""
    with store.read() as unit:
        task = unit.of(project).tasks.get(name)
        before = unit.of(project).labels.of_tasks([name]).get(name, ())
    if task is None:
        raise InvalidInput("task", f"{shortened(name)!r} is none of this project", _NEW_ROW)
    _check_ours(row, row_of(task, ()))
    if level == Answered.SKIPPED:
        skip(store, project, who, name, clock, comment=said["comment"])
    else:
        give_verdict(store, project, who, name, clock, level=level, **said)
    return not any(label["annotator"] == who for label in before)


def _check_ours(row: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """Raises InvalidInput where a row says something else of a task than we do."""
    for name in _FIXED:
        if name not in row or _same(row[name], ours[name]):
            continue
        if name in ("content_hash", "question", "answer"):
            problem = "is of other content than the task was about"
            raise InvalidInput(name, problem, "Export the tasks anew, and label what they hold now")
        problem = f"is {shortened(str(row[name]))!r}, and the task was drawn with {shortened(str(ours[name]))!r}"
        raise InvalidInput(name, problem, f"Leave the design as it was exported. {_NEW_ROW}")


def _same(given: Any, ours: Any) -> bool:
    if isinstance(given, bool) or isinstance(ours, bool):
        return given is ours
    if isinstance(given, int | float) and isinstance(ours, int | float):
        return isclose(given, ours, rel_tol=1e-9)
    if isinstance(ours, str) and isinstance(given, str) and given != ours:
        return _moment(given) is not None and _moment(given) == _moment(ours)
    return bool(given == ours)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
