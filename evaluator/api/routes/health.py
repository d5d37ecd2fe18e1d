"""Does the process live, can it serve, and what is going on in it."""

from __future__ import annotations

from typing import Literal

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from evaluator import __version__
from evaluator.api.errors import DECLARED
from evaluator.api.grpc.door import GrpcDoor, Standing
from evaluator.api.metrics import ApiMetrics
from evaluator.api.state import State
from evaluator.core.errors import NoRoom

log = structlog.get_logger()
router = APIRouter(tags=["health"], responses={422: DECLARED[422]})


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    version: str = __version__


Database = Literal["ok", "down", "another migration", "no room"]


class Readiness(BaseModel):
    """`broker` is told and changes nothing: work goes on without it. ``none`` where there is none. `grpc` is whether
    OTLP is taken over gRPC where it should be, and changes nothing either: HTTP takes the same. `set_aside` counts
    what is in quarantine, of all projects, as ``KIND at STEP``."""

    ready: bool
    database: Database
    broker: Literal["ok", "down", "none"]
    grpc: Standing
    set_aside: dict[str, int] = {}


@router.get("/healthz")
def healthz() -> Health:
    """Answers 200 while the process lives; asks nothing of the database."""
    return Health()


@router.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness}})
def readyz(request: Request, state: State) -> JSONResponse:
    """Answers 200 when the database answers, is at this version's migration and can be written to, else 503."""
    services = state.services
    database: Database
    set_aside: dict[str, int] = {}
    try:
        database = "ok" if services.store.is_current() else "another migration"
        services.store.check_room()
        if database == "ok":
            with services.store.read() as unit:
                set_aside = {f"{kind} at {step}": n for (step, kind), n in sorted(unit.quarantine.counts().items())}
    except NoRoom:
        database = "no room"
    except Exception as error:  # noqa: BLE001 - whatever keeps the database away, the answer is the same
        database = "down"
        log.warning("database_not_ready", error=type(error).__name__)
    broker: Literal["ok", "down", "none"] = "none"
    if services.backend is not None:
        broker = "ok" if services.backend.reachable() else "down"
    door: GrpcDoor = request.app.state.grpc
    found = Readiness(
        ready=database == "ok", database=database, broker=broker, grpc=door.standing, set_aside=set_aside
    )
    return JSONResponse(found.model_dump(), 200 if found.ready else 503)


@router.get("/metrics", response_class=Response)
def show_metrics(request: Request) -> Response:
    """The metrics of this process and the backlog of the house, for Prometheus. Knows no projects."""
    metrics: ApiMetrics = request.app.state.metrics
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
