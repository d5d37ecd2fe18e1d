"""Stores what others say of traces, and makes feedback the traces' own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from evaluator.core.annotation import Annotation, AnnotationKind
from evaluator.core.errors import InvalidInput, ItemError
from evaluator.core.ports import Clock, Redact, keep
from evaluator.core.trace import Part
from evaluator.ingest.native.annotations import parse
from evaluator.ingest.native.langfuse_scores import item_of
from evaluator.store.store import Store, Unit


@dataclass(frozen=True, slots=True)
class Annotated:
    """What became of a request: `accepted` are durable, `unmatched` of them about traces that have not arrived."""

    accepted: int
    unmatched: int
    errors: list[ItemError]


def annotate(
    store: Store,
    project: str,
    kind: AnnotationKind,
    items: Sequence[Any],
    clock: Clock,
    redact: Redact = keep,
    user_keys: Sequence[str] = (),
) -> Annotated:
    """Make the items that are in order durable in one transaction; of two with one id the later one holds.

    `user_keys` are names in metadata that hold a user, beside those that are known to.

    Rules may ask for the feedback of a trace that is planned after this; what was decided before stays decided.
    """
    now = clock.now()
    parsed, errors = parse(kind, items, project=project, received=now, user_keys=user_keys)
    # Redacted before the transaction, which others wait for.
    latest = {a.id: (index, redacted(a, project, redact)) for index, a in parsed}
    if not latest:
        return Annotated(0, 0, errors)
    kept, moved, arrived = store.change(partial(_store, project=project, kind=kind, latest=latest, now=now))
    errors += [ItemError(i, "id", "is that of another trace's", "Give it an id of its own") for i in moved]
    errors.sort(key=lambda error: error.index)
    return Annotated(len(items) - len(errors), sum(a.trace_id not in arrived for a in kept), errors)


def annotate_langfuse(
    store: Store,
    project: str,
    scores: Sequence[Any],
    clock: Clock,
    redact: Redact,
    user_keys: Sequence[str],
    trace_id: Callable[[Any], Any] = lambda given: given,
) -> dict[int, ItemError]:
    """Make Langfuse's scores durable that are in order; why the others are not, by their places.

    `trace_id` makes the id of the trace here of that in a score, and may raise InvalidInput.
    """
    errors: dict[int, ItemError] = {}
    items: dict[AnnotationKind, list[tuple[int, dict[str, Any]]]] = {kind: [] for kind in AnnotationKind}
    for place, score in enumerate(scores):
        try:
            kind, item = item_of(score)
            item["trace_id"] = trace_id(item["trace_id"])
        except InvalidInput as error:
            errors[place] = ItemError.of(place, error)
        else:
            items[kind].append((place, item))
    for kind, mine in items.items():
        places = [place for place, _ in mine]
        found = annotate(store, project, kind, [item for _, item in mine], clock, redact, user_keys)
        errors |= {places[e.index]: dataclasses.replace(e, index=places[e.index]) for e in found.errors}
    return errors


def _store(
    unit: Unit,
    project: str,
    kind: AnnotationKind,
    latest: Mapping[str, tuple[int, Annotation]],
    now: datetime,
) -> tuple[list[Annotation], set[int], set[str]]:
    """What was stored, the indexes of those whose id is taken, and the traces that have arrived."""
    secret = unit.projects.ensure(project, now)
    mine = unit.of(project).annotations
    known = mine.traces_of(kind, list(latest))
    moved = {index for index, a in latest.values() if known.get(a.id, a.trace_id) != a.trace_id}
    kept = [a for index, a in latest.values() if index not in moved]
    traces = sorted({a.trace_id for a in kept})
    mine.put(kept, secret, now)
    if kind is AnnotationKind.FEEDBACK:
        mine.pass_on_feedback(traces)
    return kept, moved, mine.arrived(traces)


def redacted(annotation: Annotation, project: str, redact: Redact) -> Annotation:
    """The annotation as `redact` leaves its texts, which it is shown as those of a part."""
    body = {"comment": annotation.comment, "metadata": annotation.facts}
    body |= {} if annotation.label is None else {"label": annotation.label}
    shown = Part(
        project=project, trace_id=annotation.trace_id, part_id=annotation.id, source=annotation.kind,
        start=annotation.at, end=annotation.at, body=body,
    )  # fmt: skip
    (left,) = redact([shown])
    return dataclasses.replace(
        annotation, comment=left.body["comment"], label=left.body.get("label"), facts=left.body["metadata"]
    )
