"""The page of one trace, and what its reader may do there: say what they think of an answer, or keep it as golden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from evaluator.bootstrap import Services, assemble, explain
from evaluator.core.errors import FaithlineError, InvalidInput, NotFound
from evaluator.core.review.definition import CriterionDefinition
from evaluator.pipeline.access.places import Places
from evaluator.pipeline.catalog.criteria import criterion_of
from evaluator.pipeline.catalog.golden_sets import Chosen, add_golden_item
from evaluator.pipeline.review.labels import Said, add_label
from evaluator.pipeline.traces import explain_trace, read_trace
from evaluator.store.store import Unit
from evaluator.web.detail import trace_view
from evaluator.web.format import visible
from evaluator.web.forms import own_form
from evaluator.web.listing import trace_href
from evaluator.web.rendering import page
from evaluator.web.review.annotator import annotator_of
from evaluator.web.review.labels import definitions_of
from evaluator.web.sessions import Visitor

DONE = {
    "label": "Your label is kept. It enters no rate, since nobody drew this trace for you.",
    "golden": "The answer stands in the golden set.",
}
CRITERIA, SETS = 20, 200
"""What a form offers to choose from."""


class TracePage:
    """The handlers of /traces/ID and of the forms on it."""

    def __init__(self, services: Services, places: Places) -> None:
        self._services, self._places = services, places

    def show(self, request: Request, trace_id: str) -> Response:
        """One trace."""
        return self._page(request, trace_id, done=DONE.get(request.query_params.get("done", ""), ""))

    async def label(self, request: Request) -> Response:
        """Take what somebody says of an answer that they read."""
        return await run_in_threadpool(self._label, request, await own_form(request))

    async def golden(self, request: Request) -> Response:
        """Put an answer, as it stands or as it should have been, into a golden set."""
        return await run_in_threadpool(self._golden, request, await own_form(request))

    def _label(self, request: Request, sent: Mapping[str, str]) -> Response:
        visitor, trace = _visitor(request), sent.get("trace", "")
        said = Said(
            trace=trace, criterion=sent.get("criterion", ""), level=sent.get("level", ""),
            target=sent.get("target"), content=sent.get("content"), comment=sent.get("comment", ""),
        )  # fmt: skip
        try:
            add_label(
                self._services.store, visitor.project, annotator_of(request), said, self._services.clock,
                actor=visitor.principal.actor,
            )  # fmt: skip
        except (InvalidInput, NotFound) as error:
            return self._page(request, trace, 422, error=str(error), sent=sent)
        return RedirectResponse(f"{trace_href(trace)}?done=label#people", 303)

    def _golden(self, request: Request, sent: Mapping[str, str]) -> Response:
        visitor, trace, target = _visitor(request), sent.get("trace", ""), sent.get("target")
        name = sent.get("new") or sent.get("name", "")
        answer: str | None = sent.get("answer", "")
        with self._services.store.read() as unit:
            stands = answer == _shown(unit, visitor.project, trace, target)
        chosen = Chosen(trace=trace, target=target, answer=None if stands else answer)
        try:
            add_golden_item(
                self._services.store, visitor.project, name, chosen, self._services.clock,
                actor=visitor.principal.actor,
            )  # fmt: skip
        except (InvalidInput, NotFound) as error:
            return self._page(request, trace, 422, error=str(error), sent=sent)
        return RedirectResponse(f"{trace_href(trace)}?done=golden#people", 303)

    def _page(self, request: Request, trace_id: str, code: int = 200, **values: Any) -> Response:
        project, asked = _visitor(request).project, "explain" in request.query_params
        try:
            with self._places.read(project) as unit:
                detail = read_trace(unit, project, trace_id, assemble)
                explanation = explain_trace(unit, project, trace_id, explain) if asked else None
                definitions = definitions_of(unit, project, detail.labels)
                choices = _choices(unit, project)
        except NotFound:
            message = f"There is no trace {trace_id[:200]!r} in this project."
            return page(request, "error.html", 404, title="Not found", message=message)
        values = {"done": "", "error": "", "sent": {}} | choices | values
        return page(
            request, "trace.html", code, view=trace_view(detail, definitions), explanation=explanation,
            title=f"Trace {trace_id[:40]}", titles={d.name: d.title for d in definitions.values()}, **values,
        )  # fmt: skip


def _choices(unit: Unit, project: str) -> dict[str, Any]:
    """What forms offer: the criteria of active rules, and golden sets."""
    criteria: dict[str, CriterionDefinition] = {}
    for rule in unit.of(project).rules.active():
        try:
            criteria[rule.criterion.name] = criterion_of(unit, project, rule.criterion.name)
        except FaithlineError:  # one that says nothing to people
            continue
    names = sorted({found.name for found in unit.of(project).golden_sets.versions()})
    return {"criteria": list(criteria.values())[:CRITERIA], "golden_sets": names[:SETS]}


def _shown(unit: Unit, project: str, trace: str, target: str | None) -> str | None:
    """An answer as a form shows it, with line ends as it sends them back."""
    samples = unit.of(project).views.samples(trace)
    found = next((s["answer"] for s in samples if target in (None, s["target_id"])), None)
    return None if found is None else visible(found).replace("\r\n", "\n").replace("\r", "\n")


def _visitor(request: Request) -> Visitor:
    visitor: Visitor = request.state.visitor
    return visitor
