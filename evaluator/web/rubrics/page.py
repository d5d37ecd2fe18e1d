"""The pages of rubrics: the list, one rubric and its versions, a trial of it, and pushing another version."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from evaluator.bootstrap import Services
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.rubric import Rubric
from evaluator.core.unknown import shortened
from evaluator.pipeline.access.places import Places
from evaluator.pipeline.catalog.rubrics import (
    RUBRICS,
    KnownRubric,
    known_rubric,
    parse_rubric,
    push_rubric,
    rubric_of,
    rubrics_in_use,
    rubrics_of,
)
from evaluator.pipeline.trial.examples import with_examples
from evaluator.pipeline.trial.run import Asked, Trial
from evaluator.store.store import Unit
from evaluator.web.asked import pass_over
from evaluator.web.forms import own_form
from evaluator.web.rendering import page
from evaluator.web.rubrics.diff import DiffView, diff_view
from evaluator.web.rubrics.forms import (
    DRAFT,
    Offer,
    TrialForm,
    Wrong,
    count_of,
    draft_of,
    form_for,
    offer,
    wrong_of,
)
from evaluator.web.rubrics.trial import trial_view
from evaluator.web.rubrics.views import address_of, rubric_rows, rubric_view, yaml_of
from evaluator.web.sessions import Visitor, project_of

PARAMETERS = ("version", "from", "to", "done")
DONE = {
    "push": "Pushed, and in use from now on. Rules keep the version that they pin: push one again to judge by this.",
    "same": "That is the version that was in use already: nothing has changed.",
}


class RubricPages:
    """The handlers of /rubrics, /rubrics/NAME and of the forms there."""

    def __init__(self, services: Services, places: Places) -> None:
        self._services, self._places = services, places

    def every(self, request: Request) -> Response:
        """The rubrics in use, the project's own and shipped ones."""
        project = project_of(request)
        with self._places.read(project) as unit:
            rows = rubric_rows(unit.of(project), rubrics_in_use(unit, project))
        return page(request, "rubrics/list.html", title="Rubrics", rows=rows)

    def one(self, request: Request, name: str) -> Response:
        """What a rubric asks, its versions, and what changed between two of them."""
        project, now = project_of(request), self._services.clock.now()
        asked = {each: request.query_params.get(each) or None for each in PARAMETERS}
        try:
            with self._places.read(project) as unit:
                changes = _changes(request, unit, project, name, asked)
                version = asked["version"] or (changes.after.version if changes else None)
                known = _shown(request, unit, project, name, version)
                view = rubric_view(unit.of(project), known, rubrics_of(unit, project, name))
                form = form_for(unit, project, known.definition, "" if view.in_use else known.version)
                offered = offer(self._services, unit, project, known.definition, now)
        except NotFound as error:
            return _gone(request, error)
        return page(
            request, "rubrics/rubric.html", title=known.definition.title, name=name, view=view, changes=changes,
            done=DONE.get(asked["done"] or "", ""), text=view.yaml, examples="", wrong=None, form=form, offer=offered,
        )  # fmt: skip

    async def attempt(self, request: Request, name: str) -> Response:
        """Try a rubric, which costs money, and show what came of it."""
        return await run_in_threadpool(self._attempt, request, name, await own_form(request))

    async def push(self, request: Request, name: str) -> Response:
        """Take a version of a rubric, and show what it changes."""
        return await run_in_threadpool(self._push, request, name, await own_form(request))

    def _attempt(self, request: Request, name: str, sent: Mapping[str, str]) -> Response:
        project, form, services = project_of(request), TrialForm.of(sent), self._services
        asked = None
        try:
            more = count_of("examples_from_labels", form.examples_from_labels) if form.text else None
            with self._places.take(project):
                with services.store.read() as unit:
                    asked = form.asked(unit, project, name)
                    offered = offer(services, unit, project, asked.rubric, services.clock.now())
                if more is not None:
                    asked = replace(asked, rubric=with_examples(services.store, project, asked.rubric, more))
                trial = services.try_rubric(project, asked)
        except (InvalidInput, NotFound) as error:
            wrong = wrong_of(error)
            if wrong.field.startswith(DRAFT):
                return self._refused(request, name, sent, wrong)
            return self._wrong(request, name, form, asked, wrong)
        # Nothing is read any more: what was paid for is shown, whatever else is asked of the service now.
        offered = replace(offered, spent=offered.spent + trial.spent)
        return _tried(request, name, form, asked.rubric, offered, trial=trial)

    def _wrong(self, request: Request, name: str, form: TrialForm, asked: Asked | None, wrong: Wrong) -> Response:
        """The form of a trial with what was wrong in it."""
        project, now = project_of(request), self._services.clock.now()
        try:
            with self._places.read(project) as unit:
                rubric = asked.rubric if asked else _rubric_of(unit, project, name, form)
                offered = offer(self._services, unit, project, rubric, now)
        except NotFound as error:
            return _gone(request, error)
        return _tried(request, name, form, rubric, offered, wrong=wrong)

    def _push(self, request: Request, name: str, sent: Mapping[str, str]) -> Response:
        visitor: Visitor = request.state.visitor
        project, services = visitor.project, self._services
        try:
            more = count_of("examples_from_labels", sent.get("examples_from_labels", ""))
            rubric = parse_rubric(draft_of(sent.get("definition", "")))
            with self._places.take(project):
                if more is not None:
                    rubric = with_examples(services.store, project, rubric, more)
                with services.store.read() as unit:
                    before = next(iter(rubrics_of(unit, project, rubric.name)), None)
                pushed = push_rubric(
                    services.store, project, rubric, services.clock, actor=visitor.principal.actor
                )  # fmt: skip
        except (InvalidInput, NotFound) as error:
            return self._refused(request, name, sent, wrong_of(error))
        return RedirectResponse(_after(pushed, before), 303)

    def _refused(self, request: Request, name: str, sent: Mapping[str, str], wrong: Wrong) -> Response:
        """The form with the text that could not be taken."""
        project = project_of(request)
        try:
            with self._places.read(project) as unit:
                known = known_rubric(unit, project, name)
        except NotFound as error:
            return _gone(request, error)
        return page(
            request, "rubrics/refused.html", 422, title=f"Not taken: {known.definition.title}", name=name,
            rubric=known.definition, text=sent.get("definition", "") or yaml_of(known.definition), wrong=wrong,
            examples=sent.get("examples_from_labels", ""),
        )  # fmt: skip


def _tried(
    request: Request, name: str, form: TrialForm, rubric: Rubric, offered: Offer, *,
    trial: Trial | None = None, wrong: Wrong | None = None,
) -> Response:  # fmt: skip
    """What came of a trial, or what was wrong in its form."""
    return page(
        request, "rubrics/trial.html", 200 if wrong is None else 422, title=f"Trial: {rubric.title}", name=name,
        rubric=rubric, view=trial_view(rubric, trial) if trial else None, form=form, offer=offered, wrong=wrong,
        text=form.text, examples=form.examples_from_labels,
    )  # fmt: skip


def _shown(request: Request, unit: Unit, project: str, name: str, version: str | None) -> KnownRubric:
    """The version that is asked for; the one in use where there is none of that name. Raises NotFound."""
    try:
        return known_rubric(unit, project, name, version)
    except NotFound as error:
        if version is None:
            raise
        known = known_rubric(unit, project, name)
        pass_over(request, _no_version("version", version, error))
        return known


def _changes(
    request: Request, unit: Unit, project: str, name: str, asked: Mapping[str, str | None]
) -> DiffView | None:
    """What changed between two versions, where the address asks for that. Raises NotFound for an unknown `name`."""
    before, after = asked["from"], asked["to"]
    if before is None and after is None:
        return None
    known_rubric(unit, project, name)
    try:
        return diff_view(*RUBRICS.pair(unit, project, name, before, after))
    except NotFound as error:
        pass_over(request, _no_version("from, to", f"{before or ''}, {after or ''}", error))
    except InvalidInput as error:
        pass_over(request, error)
    return None


def _no_version(field: str, version: str, error: NotFound) -> InvalidInput:
    return InvalidInput(field, f"{shortened(version)!r} is no version of this rubric", error.remedy)


def _rubric_of(unit: Unit, project: str, name: str, form: TrialForm) -> Rubric:
    """What a form is about that could not be tried. Raises NotFound for a rubric that there is not."""
    with suppress(InvalidInput, NotFound):
        if form.text:
            return parse_rubric(draft_of(form.text))
        return rubric_of(unit, project, name, form.version or None)
    return rubric_of(unit, project, name)


def _after(pushed: KnownRubric, before: KnownRubric | None) -> str:
    """Where a push leads: to what it changes."""
    name = pushed.definition.name
    if before is None:
        return address_of(name, done="push")
    if before.version == pushed.version:
        return address_of(name, done="same")
    return address_of(name, **{"from": before.version, "to": pushed.version, "done": "push"})


def _gone(request: Request, error: NotFound) -> Response:
    message = f"{str(error).rstrip('.')}."
    return page(request, "error.html", 404, title="Not found", message=message)
