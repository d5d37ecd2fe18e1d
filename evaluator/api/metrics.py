"""What the API shows to Prometheus under ``/metrics``: itself, and the house as the database has it.

Labels are route templates, queues, states and names of ours: nothing that a trace or a request could choose.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evaluator.bootstrap import Services
from evaluator.pipeline.stages.ingest import Intake
from evaluator.telemetry import BackendCollector, PrometheusMeter

log = structlog.get_logger()

KEPT_SECONDS = 5.0
"""Numbers of the house are asked of the database no more often than this (s)."""
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
PARTS = ("accepted", "refused", "ignored")
"""What became of parts that were sent: stored, bad, or log records without content. Requests that were sent away are
told by their status."""


class ApiMetrics:
    """The metrics of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "faithline_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "faithline_request_seconds", "Time to answer a request.", ["route"], registry=self.registry
        )
        self.parts = Counter(
            "faithline_parts",
            "Spans, log records and traces by what became of them.",
            ["result"],
            registry=self.registry,
        )
        for result in PARTS:
            self.parts.labels(result)

    def count_parts(self, *counts: int) -> None:
        """Count the spans, log records or traces that a request brought, in the order of `PARTS`."""
        for result, count in zip(PARTS, counts, strict=False):
            self.parts.labels(result).inc(count)

    def count_request(self, method: str, route: str, status: str, seconds: float) -> None:
        """Count a request that was answered after so long (s)."""
        self.requests.labels(method, route, status).inc()
        self.seconds.labels(route).observe(seconds)

    def watch(self, services: Services, intake: Intake) -> None:
        """Show the house behind `services` as well."""
        self.registry.register(HouseCollector(services, intake))
        if isinstance(services.meter, PrometheusMeter):  # of the stages that this process runs beside the API
            self.registry.register(services.meter)
        if services.backend is not None:
            self.registry.register(BackendCollector(services.backend))


class HouseCollector:
    """What waits at each stage, read from the database; nothing but ``faithline_database_up`` where it is away."""

    def __init__(self, services: Services, intake: Intake) -> None:
        self._services, self._intake = services, intake
        self._kept: list[Metric] = []
        self._read_at = float("-inf")

    def describe(self) -> list[Metric]:
        return []  # or registering would ask the database

    def collect(self) -> Iterator[Metric]:
        waiting = self._intake.waiting
        yield GaugeMetricFamily("faithline_requests_waiting", "Requests that wait for a commit.", value=waiting)
        now = time.monotonic()
        if now - self._read_at > KEPT_SECONDS:
            self._kept, self._read_at = self._read(), now
        yield from self._kept

    def _read(self) -> list[Metric]:
        up = GaugeMetricFamily("faithline_database_up", "Whether the database answers.", value=1.0)
        try:
            return [up, *self._house()]
        except Exception as error:  # noqa: BLE001 - a scrape must tell that the database is away, whatever the reason
            log.warning("house_not_read", error=type(error).__name__)
            return [GaugeMetricFamily("faithline_database_up", "Whether the database answers.", value=0.0)]

    def _house(self) -> Iterator[Metric]:
        now = self._services.clock.now()
        jobs = GaugeMetricFamily("faithline_jobs", "Jobs; dead ones are dead letters.", labels=["queue", "state"])
        age = GaugeMetricFamily(
            "faithline_oldest_job_seconds", "For how long the oldest ready job has been waiting.", labels=["queue"]
        )
        traces = GaugeMetricFamily("faithline_traces_waiting", "Traces before their planning.", labels=["state"])
        aside = GaugeMetricFamily("faithline_quarantined", "What is set aside.", labels=["step", "kind"])
        with self._services.store.read() as unit:
            for group in unit.queue.backlog():
                jobs.add_metric([group.queue, group.state], group.jobs)
                if group.state == "ready":
                    age.add_metric([group.queue], max(0.0, (now - group.oldest).total_seconds()))
            for state, n in unit.arrivals.waiting().items():
                traces.add_metric([state], n)
            minutes = unit.marks.count()
            for (step, kind), n in unit.quarantine.counts().items():
                aside.add_metric([step, kind], n)
        yield from (jobs, age, traces, aside)
        yield GaugeMetricFamily("faithline_minutes_waiting", "Minutes that wait to be recomputed.", value=minutes)


class RequestMetrics:
    """Counts every request by the template of its route (ASGI middleware)."""

    def __init__(self, app: ASGIApp, metrics: ApiMetrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        started = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = route_of(scope)
            method = scope["method"] if scope["method"] in METHODS else "other"
            self._metrics.count_request(method, route, str(status), time.perf_counter() - started)


def route_of(scope: Any) -> str:
    """The template of the route that a request went to; ``other`` where there was none."""
    return str(getattr(scope.get("route"), "path", "other")).replace(":id}", "}")  # how it is read is nobody's label
