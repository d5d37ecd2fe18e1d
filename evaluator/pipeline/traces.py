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
from evaluator.core.trace import Span, Status
from evaluator.core.unknown import unknown
from evaluator.ingest.senders import by_id
from evaluator.pipeline.catalog.rules import NO_RULES
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.traces.lists import TraceFilter
from evaluator.store.store import Unit

FIRST_CRITERION = "unfaithful"
"""The hallucination rate stands before all others."""
NOTHING_SAID = "There are none yet: send them to /api/v1/scores or /api/v1/feedback"


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


def shown_rules(unit: Unit, project: str) -> list[StoredRule]:
    """Every version of every rule, as pages offer them: active ones first, among them those of `FIRST_CRITERION`,
    then by name, the newest first."""
    versions = unit.of(project).rules.versions()
    return sorted(
        versions, key=lambda r: (r.retired_at is not None, r.criterion.name != FIRST_CRITERION, r.rule.name)
    )


def rule_of(rules: Sequence[StoredRule], name: str | None) -> StoredRule | None:
    """The rule of this name out of `shown_rules`; without a name the first one, if there is any.

    Raises:
        InvalidInput: there is no such rule.
    """
    found = next((r for r in rules if name in (None, r.rule.name)), None)
    if found is None and name is not None:
        raise unknown("rule", name, "a rule of this project", {r.rule.name for r in rules}, NO_RULES)
    return found


def find_traces(unit: Unit, project: str, f: TraceFilter, rule: StoredRule | None) -> list[dict[str, Any]]:
    """Traces by a filter, its user as the application names them, with the worst outcome by `rule`.

    Raises:
        InvalidInput: a status, a sender, a label or the name of an annotation that there is not, so that nothing
            could match.
    """
    status = f.exact.get("status")
    if status is not None and status not in list(Status):
        raise unknown("status", status, "a status", list(Status), "")
    sender = f.exact.get("sender")
    if sender is not None and sender not in by_id():
        raise unknown("sender", sender, "a sender", by_id(), "docs/senders.md lists them")
    if f.label is not None:
        _check_label(f.label, rule)
    exact = _stored_exact(unit, project, f.exact)
    fingerprint = rule.rule.fingerprint if rule else None
    found = unit.of(project).views.traces(replace(f, exact=exact, fingerprint=fingerprint))
    if f.annotation is not None and not found:
        check_annotation(unit, project, "annotation", f.annotation)
    return found


def _check_label(label: str, rule: StoredRule | None) -> None:
    if rule is None:
        raise unknown("label", label, "a label of a rule of this project", (), NO_RULES)
    if rule.spec.labels and label not in rule.spec.labels:  # one that names none may give any
        raise unknown("label", label, f"a label of the rule {rule.rule.name}", rule.spec.labels, "")


def check_annotation(unit: Unit, project: str, field: str, name: str, kind: AnnotationKind | None = None) -> None:
    """Refuse the name, given as `field`, of an annotation (of this kind) that there is not.

    Raises:
        InvalidInput: there is none.
    """
    said = unit.of(project).annotations
    if not said.is_named(name, kind):
        what = f"the name of {'feedback' if kind is AnnotationKind.FEEDBACK else 'a score from elsewhere'}"
        raise unknown(field, name, what if kind else f"{what} or of feedback", said.names(kind), NOTHING_SAID)


def _stored_exact(unit: Unit, project: str, exact: Mapping[str, str]) -> dict[str, str]:
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
    for given, value in unit.of(project).annotations.latest_feedback([trace_id]).values():  # in the place of its own
        places = (Place(PlaceKind.ANNOTATION, given),)
        own = Explained("feedback", "", f"{value:g}", "the latest that was sent for the trace", places)
        found = replace(found, facts=(*(fact for fact in found.facts if fact.fact != own.fact), own))
    return found


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
