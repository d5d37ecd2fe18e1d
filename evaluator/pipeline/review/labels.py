"""Labels outside waves: of a trace that somebody read, or from elsewhere. They are kept, and enter no rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from evaluator.core.access import LOCAL
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.ports import Clock
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.review.label import Source
from evaluator.core.review.verdict import check_verdict
from evaluator.core.trace import Sample
from evaluator.core.unknown import shortened
from evaluator.ingest.clean import clean_text
from evaluator.pipeline.catalog.criteria import ensure_stored
from evaluator.pipeline.review.serve import check_annotator
from evaluator.pipeline.review.verdicts import said_columns
from evaluator.store.store import Store, Unit

_SAID = ("answered", "level", "comment", "spans")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody says of an answer of a trace: of its main one, unless `target` names another.

    `content` is the hash of what they saw; None: what the trace holds now.
    """

    trace: str
    criterion: str
    level: str
    target: str | None = None
    content: str | None = None
    spans: Sequence[Any] = ()
    comment: str = ""


def add_label(
    store: Store,
    project: str,
    annotator: str,
    said: Said,
    clock: Clock,
    *,
    source: Source = Source.TRACE,
    actor: str = LOCAL,
) -> tuple[dict[str, Any], bool]:
    """Append what `annotator` says now; returns the row of the table `label`, and whether it is new: the same again
    changes nothing.

    Raises:
        NotFound: there is no such criterion or trace.
        InvalidInput: the trace has no such answer, or holds something else by now; or the level, a mark or the
            comment does not fit.
    """
    check_annotator(annotator)
    add = partial(_add, project=project, annotator=annotator, said=said, source=source, actor=actor)
    return store.change(partial(add, clock=clock))


def _add(
    unit: Unit, project: str, annotator: str, said: Said, source: Source, actor: str, clock: Clock
) -> tuple[dict[str, Any], bool]:
    mine, now = unit.of(project), clock.now()
    criterion = ensure_stored(unit, project, said.criterion, now)
    sample, row = _sample(unit, project, said), _row(criterion, said)
    row |= {
        "target_kind": sample.target_kind, "target_id": sample.target_id, "content_hash": sample.content_hash,
        "annotator": annotator, "source": source.value, "created_at": now,
        **said_columns(criterion, check_verdict(
            criterion, sample.answer, level=said.level, spans=said.spans, comment=clean_text(said.comment)
        )),
    }  # fmt: skip
    before = mine.labels.last(row)
    if before is not None and all(before[name] == row[name] for name in _SAID):
        return before, False
    stored = mine.labels.revise(row)
    mine.audit.record(actor, "label.add", said.criterion, now, labels=1, source=source.value)
    return stored, True


def _row(criterion: CriterionDefinition, said: Said) -> dict[str, Any]:
    """The columns that make a label one outside waves."""
    outside = {"task": None, "wave": None, "review": None, "simulated": False}
    return outside | {
        "trace_id": said.trace,
        "criterion": criterion.name,
        "criterion_version": criterion.version,
    }


def _sample(unit: Unit, project: str, said: Said) -> Sample:
    mine = unit.of(project)
    days = mine.traces.days([said.trace])
    current = mine.traces.current_targets([said.trace], set(days.values())) if days else []
    if not current:
        raise NotFound("trace with an answer", shortened(said.trace), "It may be gone, or not be settled yet")
    found = current[0] if said.target is None else next((t for t in current if t.target_id == said.target), None)
    if found is None:
        ids = ", ".join(shortened(t.target_id) for t in current[:5])
        raise InvalidInput("target_id", "is no answer of this trace", f"Its answers are {ids}")
    if said.content not in (None, found.content_hash):
        remedy = "Look at what it holds now, and label that"
        raise InvalidInput("content_hash", "is of something that this answer held before", remedy)
    key = (project, found.day, found.target_kind, found.target_id, found.content_hash)
    return mine.traces.samples([key])[key]
