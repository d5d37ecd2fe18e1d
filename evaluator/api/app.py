"""Builds the application: routes, pages, and the life of what runs beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from evaluator import __version__
from evaluator.api import errors
from evaluator.api.grpc.door import GrpcDoor
from evaluator.api.limits import HeadLimits
from evaluator.api.metrics import ApiMetrics, RequestMetrics
from evaluator.api.openapi import Application
from evaluator.api.parameters import check_parameters
from evaluator.api.routes import (
    agreement,
    audit,
    backfill,
    criteria,
    dead_letters,
    feedback,
    golden_sets,
    health,
    judges,
    keys,
    labels,
    otlp,
    projects,
    quarantine,
    review,
    rubrics,
    rules,
    scores,
    series,
    status,
    traces,
    users,
    waves,
)
from evaluator.api.routes.compat import langfuse
from evaluator.api.state import AppState
from evaluator.bootstrap import Services
from evaluator.pipeline.access.authenticator import Authenticator
from evaluator.pipeline.access.keys import ensure_bootstrap_key
from evaluator.pipeline.access.places import Places
from evaluator.pipeline.access.user_keys import UserKeys

Hook = Callable[[], None]
MODULES = (
    health,
    otlp,
    traces,
    rules,
    golden_sets,
    criteria,
    rubrics,
    judges,
    series,
    status,
    keys,
    projects,
    quarantine,
    audit,
    users,
    scores,
    feedback,
    backfill,
    dead_letters,
    waves,
    review,
    agreement,
    labels,
    langfuse,
)


def create_app(
    services: Services,
    *,
    hosts: Sequence[str] = ("*",),
    start: Sequence[Hook] = (),
    stop: Sequence[Hook] = (),
    pages: Callable[[FastAPI], None] | None = None,
    grpc: GrpcDoor | None = None,
) -> FastAPI:
    """The application over `services`.

    `hosts` are the Host headers that are answered: naming them keeps a web page elsewhere from reaching a local
    service through a name of its own (DNS rebinding). `start` and `stop` run with the application's life; `pages`
    adds the web pages, and `grpc` says where OTLP is taken over gRPC as well.
    """

    metrics = ApiMetrics()
    authenticator = Authenticator(services.store, services.clock, services.limiter, services.settings.key_rate)
    places = Places(services.store)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        if (secret := services.settings.bootstrap_key) is not None:
            ensure_bootstrap_key(services.store, secret.get_secret_value(), services.clock)
        intake = services.intake()
        users = UserKeys(services.store)
        state = app.state.faithline = AppState(services, intake, authenticator, places, users)
        authenticator.start()
        metrics.watch(services, intake)
        async with AsyncExitStack() as doors:
            if app.state.grpc.wanted:
                # Here, as gRPC is an extra that need not be installed.
                from evaluator.api.grpc.server import listening

                await doors.enter_async_context(listening(app.state.grpc, state, metrics))
            for hook in start:
                hook()
            yield
        intake.close()  # what was taken by any door is written before the rest ends
        authenticator.close()
        for hook in stop:
            hook()

    app = Application(
        title="Faithline",
        version=__version__,
        lifespan=life,
        summary="Quality evaluation and hallucination detection for LLM applications in production.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.metrics = metrics
    app.state.grpc = grpc or GrpcDoor()
    app.state.authenticator = authenticator
    app.state.places = places
    app.add_middleware(HeadLimits)
    app.add_middleware(RequestMetrics, metrics=metrics)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    errors.install(app)
    for module in MODULES:
        router: APIRouter = module.router
        app.include_router(router, dependencies=[Depends(check_parameters)])
    if pages is not None:
        pages(app)
    return app
