"""What Langfuse's SDKs send when LANGFUSE_HOST or LANGFUSE_BASE_URL points here: spans over OTLP, and scores.

Either of its two keys may be ours: they come as the halves of basic authentication.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from evaluator import __version__
from evaluator.api.bodies import body_of
from evaluator.api.items import items_of
from evaluator.api.openapi import OBJECTS, json_body
from evaluator.api.routes import otlp
from evaluator.api.routing import resource
from evaluator.api.schemas.langfuse import BatchOut, HealthOut, ProjectOut, ProjectsOut, RefusedOut, TakenOut
from evaluator.api.state import AppState, Ingest, State
from evaluator.core.errors import InvalidInput, ItemError
from evaluator.ingest.otlp.signals import TRACES
from evaluator.pipeline.stages.annotate import annotate_langfuse

_OTLP_ONLY = (
    "only scores are taken here. Traces come over OTLP, as version 3 and later of the SDK for Python and version 4 "
    "and later of that for JavaScript send them"
)
_SCORES = json_body(OBJECTS, "Scores")
_BATCH = json_body({"type": "object"}, "A batch of events")

router = APIRouter()
_exports = APIRouter(prefix="/api/public/otel", tags=["langfuse"], route_class=otlp.OtlpRoute, responses=otlp.ANSWERS)
_rest = resource("/api/public", "langfuse")


@_exports.post("/v1/traces", response_class=Response, openapi_extra=otlp.body(TRACES))
async def export_langfuse_traces(request: Request, state: State, caller: Ingest) -> Response:
    """Take spans as `/v1/traces` does."""
    return await otlp.take(request, state, caller.project, TRACES)


@_rest.get("/health")
def langfuse_health(_: Ingest) -> HealthOut:
    """Say that somebody is here."""
    return HealthOut(status="OK", version=__version__)


@_rest.get("/projects")
def langfuse_projects(caller: Ingest) -> ProjectsOut:
    """Name the project of the key, for an SDK that checks its keys."""
    return ProjectsOut(data=[ProjectOut(id=caller.project, name=caller.project)])


@_rest.post("/scores", openapi_extra=_SCORES)
async def send_langfuse_scores(request: Request, state: State, caller: Ingest) -> JSONResponse:
    """Take one score or a list of them; what is accepted is on the disk. 422 where all were refused."""
    found = await _items(request, state, "scores")
    errors = await run_in_threadpool(_store, state, caller.project, found)
    if errors and len(errors) == len(found):
        first = next(iter(errors.values()))
        raise InvalidInput(first.field, first.problem, first.remedy)
    ids = [str(score["id"]) for score in found if isinstance(score, dict) and "id" in score]
    return JSONResponse({"id": ids[0] if ids else None, "errors": [_said(error) for error in errors.values()]})


@_rest.post("/ingestion", status_code=207, response_model=BatchOut, openapi_extra=_BATCH)
async def ingest_langfuse_batch(request: Request, state: State, caller: Ingest) -> JSONResponse:
    """Take the scores of a batch, and say of everything else where it goes."""
    events = await _items(request, state, "batch")
    scores = [_score_in(event) for event in events]
    chosen = [index for index, score in enumerate(scores) if score is not None]
    errors = await run_in_threadpool(_store, state, caller.project, [scores[index] for index in chosen])
    refused = {chosen[place]: _said(error) for place, error in errors.items()}
    refused |= {index: _OTLP_ONLY for index, score in enumerate(scores) if score is None}
    taken = [TakenOut(id=_id(event)) for index, event in enumerate(events) if index not in refused]
    wrong = [RefusedOut(id=_id(events[index]), status=400, message=said) for index, said in sorted(refused.items())]
    return JSONResponse(BatchOut(successes=taken, errors=wrong).model_dump(), 207)


async def _items(request: Request, state: AppState, name: str) -> list[Any]:
    limit = state.services.settings.max_body_bytes
    async with body_of(request, limit, state.intake.room) as data:
        encoding = request.headers.get("content-encoding")
        return await run_in_threadpool(items_of, data, encoding, limit, name, strict=False)  # SDKs add metadata


def _score_in(event: Any) -> dict[str, Any] | None:
    is_score = isinstance(event, dict) and event.get("type") == "score-create" and isinstance(event.get("body"), dict)
    return {"id": event.get("id"), **event["body"]} if is_score else None


def _store(state: AppState, project: str, scores: Sequence[Any]) -> dict[int, ItemError]:
    """Store what is in order; why the others are not, by their places."""
    if not scores:
        return {}
    services = state.services
    with state.places.take(project):
        keys = state.user_keys.of(project)
        return annotate_langfuse(services.store, project, scores, services.clock, services.redact, keys)


def _id(event: Any) -> str:
    return str(event.get("id", "")) if isinstance(event, dict) else ""


def _said(error: ItemError) -> str:
    return f"{error.field} {error.problem}. {error.remedy}"


router.include_router(_exports)
router.include_router(_rest)
