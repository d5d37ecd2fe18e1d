"""Looks for traces, and reads one with everything that is known of it: for the API and the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from evaluator.core.annotation import AnnotationKind
from evaluator.core.errors import NotFound
from evaluator.core.evaluator import EvaluatorSpec
from evaluator.core.explained import Explained, Explanation, Place, PlaceKind
from evaluator.core.people import PSEUDONYM, stored_name
from evaluator.core.ports import Assemble, Explain
from evaluator.core.quarantine import Quarantined
from evaluator.core.trace import Span
from evaluator.store.store import Unit

FEEDBACK = AnnotationKind.FEEDBACK.value


@dataclass(frozen=True, slots=True)
class TraceDetail:
    """A trace row, its current samples, its outcomes, its spans, and the spec of each evaluator by fingerprint.

    `labels` are verdicts for criteria of ours, `annotations` scores and feedback from elsewhere; `set_aside` says why
    the trace stands still, if it does.
    """

    trace: dict[str, Any]
    samples: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    spans: tuple[Span, ...]
    specs: dict[str, EvaluatorSpec]
    labels: list[dict[str, Any]]
    annotations: list[dict[str, Any]]
    set_aside: list[Quarantined]


def stored_exact(unit: Unit, project: str, exact: Mapping[str, str]) -> dict[str, str]:
    """Filters by equality as the store has them: a user may be named as their application does, or by pseudonym."""
    user = exact.get("user")
    if user and not PSEUDONYM.fullmatch(user):
        with suppress(NotFound):  # a project that nothing came for yet
            return {**exact, "user": stored_name(project, unit.projects.secret(project), user)}
    return dict(exact)


def explain_trace(unit: Unit, project: str, trace_id: str, explain: Explain) -> Explanation:
    """Where what a trace tells came from, of what has arrived for it.

    Raises:
        NotFound: this project has no such trace.
    """
    row = unit.of(project).views.trace(trace_id)
    if row is None:
        raise NotFound("trace", trace_id)
    if row["problem"]:
        return Explanation((), row["sender"], (), "the trace could not be put together: nothing was looked at")
    found = Explanation((), None, (), "")
    for arrived in unit.of(project).parts.arrived({trace_id: row["day"]}):
        found = explain(project, trace_id, arrived.parts) if arrived.parts else found
    given = next((a for a in unit.of(project).annotations.of_trace(trace_id) if a["kind"] == FEEDBACK), None)
    return found if given is None else replace(found, facts=_with_feedback(found.facts, given))


def _with_feedback(facts: Sequence[Explained], given: Mapping[str, Any]) -> tuple[Explained, ...]:
    """The facts, with feedback that was sent for the trace in the place of its own."""
    place = Place(PlaceKind.ANNOTATION, given["id"])
    own = Explained("feedback", "", f"{given['value']:g}", "the latest that was sent for the trace", (place,))
    return (*(fact for fact in facts if fact.fact != own.fact), own)


def read_trace(unit: Unit, project: str, trace_id: str, assemble: Assemble) -> TraceDetail:
    """Everything about one trace. The spans are put together anew from what arrived.

    Raises:
        NotFound: this project has no such trace.
    """
    row = unit.of(project).views.trace(trace_id)
    if row is None:
        raise NotFound("trace", trace_id)
    outcomes = unit.of(project).outcomes.of_trace(trace_id, row["day"])
    specs = {}
    for fingerprint in {o["fingerprint"] for o in outcomes}:
        if (version := unit.of(project).evaluators.get(fingerprint)) is not None:
            specs[fingerprint] = version.spec
    spans: tuple[Span, ...] = ()
    if not row["problem"]:
        for arrived in unit.of(project).parts.arrived({trace_id: row["day"]}):
            spans = assemble(project, trace_id, arrived.parts).spans if arrived.parts else ()
    samples = unit.of(project).views.samples(trace_id, row["day"])
    labels = unit.of(project).labels.of_trace(trace_id)
    said = unit.of(project).annotations.of_trace(trace_id)
    aside = unit.of(project).quarantine.of_trace(trace_id)
    return TraceDetail(row, samples, outcomes, spans, specs, labels, said, aside)
