"""The web pages: routes, static files, and the headers around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from evaluator.bootstrap import Services
from evaluator.core.access import Scope
from evaluator.core.errors import FaithlineError, TooLong
from evaluator.core.slicing import SLICE_DIMENSIONS
from evaluator.core.unknown import unknown
from evaluator.core.zones import zone_name, zone_of
from evaluator.pipeline.access.authenticator import Authenticator
from evaluator.pipeline.access.places import Places
from evaluator.pipeline.operations.dead_letters import read_dead_letters
from evaluator.pipeline.operations.quarantine import read_quarantine
from evaluator.pipeline.operations.status import Status, read_status
from evaluator.pipeline.series.read import ALL, BEST, methods
from evaluator.store.store import Unit
from evaluator.web import agreement, overview
from evaluator.web.asked import Asked, pass_over
from evaluator.web.judges.page import PARAMETERS as JUDGE_PARAMETERS
from evaluator.web.judges.page import JudgePages
from evaluator.web.listing import PARAMETERS, read_list, read_query
from evaluator.web.rendering import HERE, environment, page
from evaluator.web.review import desk
from evaluator.web.review.waves_page import WavesPage
from evaluator.web.rubrics.page import PARAMETERS as RUBRIC_PARAMETERS
from evaluator.web.rubrics.page import RubricPages
from evaluator.web.security import SecurityHeaders
from evaluator.web.sessions import SignInNeeded, VisitorWith, Visits, project_of
from evaluator.web.signing import Signing, to_sign_in
from evaluator.web.trace_page import TracePage

OF_BODY = ("content-length", "content-type")
LATER = "Please try again in a moment"
NAV = (
    ("/", "Overview", Scope.READ),
    ("/traces", "Traces", Scope.READ),
    ("/agreement", "Agreement", Scope.READ),
    ("/judges", "Judges", Scope.READ),
    ("/review", "Review", Scope.REVIEW),
    ("/quarantine", "Set aside", Scope.READ),
)
"""What stands at the top of every page, for those who may see it: address and name."""
environment.globals["nav"] = NAV
SHOWN = 200
"""Rows of a list of what was set aside."""
Route = tuple[str, str, Scope, Callable[..., Any], Asked]
"""Address, method, what its visitor must be allowed, handler, and what its address may ask."""
CHANGED = "faithline-changed"
"""The event that tells an open overview that there are new numbers."""


def install(app: FastAPI, services: Services) -> None:
    """Add the pages over `services` to `app`: their routes, static files, headers, sign-in and 404 page."""
    authenticator: Authenticator = app.state.authenticator
    required = services.settings.require_keys
    visits = Visits(services.store, authenticator, services.clock, services.session_secret, required=required)
    signing = Signing(visits)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    for path, method, scope, handler, asked in _routes(services, app.state.places):
        needed = [Depends(VisitorWith(visits, scope)), Depends(asked)]
        app.add_api_route(path, handler, methods=[method], dependencies=needed, include_in_schema=False)
    for path, method, public, asked in (
        ("/sign-in", "GET", signing.form, Asked("next")),
        ("/sign-in", "POST", signing.sign_in, Asked()),
        ("/sign-out", "POST", signing.sign_out, Asked()),
        ("/favicon.ico", "GET", _favicon, Asked(part=True)),
    ):
        app.add_api_route(path, public, methods=[method], dependencies=[Depends(asked)], include_in_schema=False)
    app.add_exception_handler(SignInNeeded, to_sign_in)
    for kind in (HTTPException, FaithlineError):
        app.add_exception_handler(kind, _ErrorPage(app.exception_handlers[kind]))
    app.add_middleware(SecurityHeaders)


def _routes(services: Services, places: Places) -> Sequence[Route]:
    """Every page that has a visitor, and every part of one."""
    pages, label = Pages(services, places), desk.Desk(services)
    trace, waves = TracePage(services, places), WavesPage(services, places)
    judges, rubrics = JudgePages(services, places), RubricPages(services, places)
    return (
        ("/", "GET", Scope.READ, pages.overview, Asked("range", "method", "tz")),
        ("/traces", "GET", Scope.READ, pages.traces, Asked(*PARAMETERS)),
        ("/traces/{trace_id:path}", "GET", Scope.READ, trace.show, Asked("explain", "done")),
        ("/agreement", "GET", Scope.READ, pages.agreement, Asked(*agreement.PARAMETERS)),
        ("/judges", "GET", Scope.READ, judges.every, Asked()),
        ("/judges/{fingerprint}", "GET", Scope.READ, judges.one, Asked(*JUDGE_PARAMETERS)),
        ("/rubrics", "GET", Scope.READ, rubrics.every, Asked()),
        ("/rubrics/{name}", "GET", Scope.READ, rubrics.one, Asked(*RUBRIC_PARAMETERS)),
        ("/rubrics/{name}/push", "POST", Scope.ADMIN, rubrics.push, Asked(part=True)),
        ("/rubrics/{name}/try", "POST", Scope.ADMIN, rubrics.attempt, Asked(part=True)),
        ("/quarantine", "GET", Scope.READ, pages.quarantine, Asked()),
        ("/ui/status", "GET", Scope.READ, pages.status, Asked("seen", part=True)),
        ("/ui/series", "GET", Scope.READ, pages.series, Asked("range", "method", "tz", part=True)),
        ("/ui/label", "POST", Scope.REVIEW, trace.label, Asked(part=True)),
        ("/ui/golden", "POST", Scope.ADMIN, trace.golden, Asked(part=True)),
        ("/review", "GET", Scope.REVIEW, label.show, Asked(*desk.PARAMETERS)),
        ("/review/name", "POST", Scope.REVIEW, label.name, Asked(part=True)),
        ("/review/{task_id}", "POST", Scope.REVIEW, label.answer, Asked(part=True)),
        ("/waves", "GET", Scope.READ, waves.show, Asked()),
        ("/waves/{wave_id}/close", "POST", Scope.ADMIN, waves.close, Asked(part=True)),
    )


class Pages:
    """The handlers. Each reads one consistent picture of the visitor's project and renders it."""

    def __init__(self, services: Services, places: Places) -> None:
        self._services, self._places = services, places

    def overview(self, request: Request) -> Response:
        """What is waiting, and every series."""
        with self._places.read(project_of(request)) as unit:
            status = read_status(unit, project_of(request), self._services.clock.now(), self._services.judges)
            shown = self._shown(request, unit)
        return page(
            request, "overview.html", title="Overview", ranges=overview.RANGES, status=status, seen=_seen(status),
            **shown,
        )  # fmt: skip

    def status(self, request: Request) -> Response:
        """The strip that says what is waiting; tells the page when the numbers have changed since `seen`."""
        with self._places.read(project_of(request)) as unit:
            status = read_status(unit, project_of(request), self._services.clock.now(), self._services.judges)
        response = page(request, "_status.html", status=status, seen=_seen(status))
        if request.query_params.get("seen") != _seen(status):
            response.headers["HX-Trigger"] = CHANGED
        return response

    def series(self, request: Request) -> Response:
        """The cards alone, for an overview that is open."""
        with self._places.read(project_of(request)) as unit:
            shown = self._shown(request, unit)
        return page(request, "_series.html", **shown)

    def _shown(self, request: Request, unit: Unit) -> dict[str, Any]:
        """What the address asks for of the series."""
        project, method, zone = project_of(request), _method(request), _zone(request)
        found = overview.range_of(unit, project, _range(request), self._services.clock.now(), zone)
        return {
            "window": found,
            "cards": overview.cards(unit, project, found.window, method),
            "span": unit.of(project).views.span_of_time(),
            "asked": _asked(method, zone),
            "asked_utc": _asked(method, UTC),
        }

    def traces(self, request: Request) -> Response:
        """The list of traces, filtered by the address."""
        query = read_query(request.query_params, partial(pass_over, request))
        try:
            with self._places.read(project_of(request)) as unit:
                found = read_list(unit, project_of(request), query)
        except TooLong as error:
            with self._places.read(project_of(request)) as unit:
                found = read_list(unit, project_of(request), query, f"This search {error.problem}. {error.remedy}.")
        return page(request, "traces.html", list=found, title="Traces")

    def agreement(self, request: Request) -> Response:
        """How far evaluators agree with people, and people with each other."""
        asked = {name: request.query_params.get(name) or None for name in agreement.PARAMETERS}
        with self._places.read(project_of(request)) as unit:
            found = agreement.agreement_page(unit, project_of(request), asked, partial(pass_over, request))
        return page(request, "agreement.html", view=found, dimensions=SLICE_DIMENSIONS, title="Agreement")

    def quarantine(self, request: Request) -> Response:
        """What was set aside, and the jobs that were given up."""
        with self._places.read(project_of(request)) as unit:
            found = read_quarantine(unit, project_of(request), SHOWN)
            letters = read_dead_letters(unit, project_of(request), SHOWN)
        return page(request, "quarantine.html", found=found, letters=letters, shown=SHOWN, title="Set aside")


def _range(request: Request) -> str:
    key = request.query_params.get("range") or overview.DEFAULT_RANGE
    known = (*overview.RANGES, overview.ALL)
    if key not in known:
        pass_over(request, unknown("range", key, "a range of time", known, ""))
    return key


def _method(request: Request) -> str:
    """A method that gives one rate a series; the best there is where none is asked for."""
    method, known = request.query_params.get("method") or BEST, [name for name in methods() if name != ALL]
    if method not in known:
        raise unknown("method", method, "a method", known, "")
    return method


def _zone(request: Request) -> tzinfo:
    return zone_of(request.query_params.get("tz") or None)


def _asked(name: str, zone: tzinfo) -> str:
    """What links say so that pages stay with a method and a zone that were asked for."""
    method = {} if name == BEST else {"method": name}
    asked = method if zone is UTC else method | {"tz": zone_name(zone)}
    return "&" + urlencode(asked) if asked else ""


def _seen(status: Status) -> str:
    """Names a state of the numbers: two that differ have different names."""
    done = sum(r.scored + r.failed + r.skipped for r in status.rules)
    return f"{len(status.rules)}.{done}.{status.planned}.{status.buckets_waiting}"


def _favicon() -> Response:
    return RedirectResponse("/static/favicon.svg", 301)


class _ErrorPage:
    """A page for a browser's request that went wrong; for everyone else what the API answers."""

    def __init__(self, plain: Callable[[Request, Exception], Any]) -> None:
        self._plain = plain

    def __call__(self, request: Request, error: Exception) -> Any:
        answer: Response = self._plain(request, error)
        wants_page = "text/html" in request.headers.get("accept", "")
        if not wants_page or request.url.path.startswith(("/api", "/v1")):
            return answer
        message = str(error.detail) if isinstance(error, HTTPException) else f"{str(error).rstrip('.')}."
        if answer.status_code == 404:
            message = "There is nothing at this address."
        title = LATER if "retry-after" in answer.headers else str(answer.status_code)
        shown = page(request, "error.html", answer.status_code, title=title, message=message)
        shown.headers.update({name: value for name, value in answer.headers.items() if name not in OF_BODY})
        return shown
