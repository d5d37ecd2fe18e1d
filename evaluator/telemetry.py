"""What a process tells of itself: structured logs, and metrics for Prometheus.

Neither ever holds the text of a trace: logs say names, counts and types of errors, labels are names of ours.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast

import structlog

from evaluator.core.errors import FaithlineError
from evaluator.core.ports import Backend

if TYPE_CHECKING:
    from prometheus_client import Metric

LogFormat = Literal["auto", "json", "console"]
QUIET_LOGGERS = ("celery.app.trace", "celery.worker.strategy", "celery.beat")
"""Loggers that would say something for every hint: only their warnings are kept."""
_PASSWORD = re.compile(r"(?P<before>[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:)[^\s@'\"]*(?=@)", re.IGNORECASE)
_SAID = (
    "OperationalError",
    "ConnectionError",
    "ConnectionTimeout",
    "TimeoutError",
    "InterfaceError",
    "ConsumerError",
)
"""Errors of drivers whose messages speak of the connection. Others may quote what was being written."""


def configure_logging(level: str, form: LogFormat = "auto") -> None:
    """Logs on standard error, for people or one JSON object a line; those of libraries come out in the same form.

    `level` is a name of `logging`'s; `form` ``auto`` is JSON unless standard error is a terminal.
    """
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _say_exception,
        _hide_passwords,
    ]
    for_machines = form == "json" or (form == "auto" and not sys.stderr.isatty())
    renderer: Any = structlog.processors.JSONRenderer() if for_machines else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=cast(TextIO, _StandardError())),
    )
    handler = _Handler(cast(TextIO, _StandardError()))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _hide_passwords, renderer],
        )
    )
    logging.captureWarnings(for_machines)
    root = logging.getLogger()
    root.handlers[:] = [h for h in root.handlers if not isinstance(h, _Handler)] + [handler]
    root.setLevel(max(number, logging.WARNING))
    logging.getLogger("celery").setLevel(number)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def hide_password(text: str) -> str:
    """`text` with the password of every address in it starred out."""
    return _PASSWORD.sub(r"\g<before>***", text)


def _hide_passwords(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        event[key] = _hidden(value)
    return event


def _hidden(value: Any) -> Any:
    match value:
        case str():
            return hide_password(value)
        case Mapping():
            return {key: _hidden(v) for key, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_hidden(v) for v in value]
    return value


def _say_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its type and where it was raised; its message only where it can not quote a trace."""
    info = event.pop("exc_info", None)
    if not info:
        return event
    error = info if isinstance(info, BaseException) else (info if isinstance(info, tuple) else sys.exc_info())[1]
    if error is None:
        return event
    frames = list(traceback.extract_tb(error.__traceback__))
    frames = [f for f in frames[:-1] if "site-packages" not in f.filename][-6:] + frames[-1:]
    event["exception"] = type(error).__name__
    event["raised"] = [f"{f.filename.rsplit('site-packages/', 1)[-1]}:{f.lineno} {f.name}" for f in frames]
    event["message"] = _message(error)
    if error.__cause__ is not None:
        event["cause"] = f"{type(error.__cause__).__name__}: {_message(error.__cause__)}"
    return event


def _message(error: BaseException) -> str:
    """What an error says, where it can not quote a trace; else nothing."""
    told = isinstance(error, (FaithlineError, OSError)) or type(error).__name__ in _SAID
    return str(error).splitlines()[0][:300] if told and str(error) else ""


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, to be told from those of others when logging is configured again."""


class _StandardError:
    """Whatever standard error is at the moment of writing: it may be replaced, and the old one closed."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


class PrometheusMeter:
    """What workers count (`core.ports.Meter`), in a registry of its own."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "faithline_scoring_seconds", "Time to score a batch.", ["evaluator"], registry=self.registry
        )
        self._batch = Histogram(
            "faithline_batch_size", "Samples in a batch.", ["evaluator"], registry=self.registry,
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
        )  # fmt: skip
        self._results = Counter(
            "faithline_results", "Jobs by what came of them, every attempt counted.", ["evaluator", "result"],
            registry=self.registry,
        )  # fmt: skip
        self._settled = Counter(
            "faithline_settled_traces", "Traces put together, again where parts came late.", ["sender"],
            registry=self.registry,
        )  # fmt: skip
        self._gaps = Counter(
            "faithline_gaps", "Facts that traces lacked when they were put together.", ["sender", "fact", "reason"],
            registry=self.registry,
        )  # fmt: skip

    def scored(self, evaluator: str, seconds: float, results: Mapping[str, int]) -> None:
        self._seconds.labels(evaluator).observe(seconds)
        self._batch.labels(evaluator).observe(sum(results.values()))
        for result, n in results.items():
            self._results.labels(evaluator, result).inc(n)

    def settled(self, traces: Mapping[str, int], gaps: Mapping[tuple[str, str, str], int]) -> None:
        for sender, n in traces.items():
            self._settled.labels(sender).inc(n)
        for labels, n in gaps.items():
            self._gaps.labels(*labels).inc(n)

    def collect(self) -> Iterator[Metric]:
        """What was counted, for a registry that shows more; nothing of what this process does not do."""
        yield from (metric for metric in self.registry.collect() if metric.samples)

    def expose(self, port: int, collectors: Sequence[Any] = ()) -> None:
        """Show the metrics, and those of further `collectors`, on every address of this machine under `port`."""
        from prometheus_client import start_http_server

        for collector in collectors:
            self.registry.register(collector)
        start_http_server(port, registry=self.registry)


class BackendCollector:
    """Whether what processes share can be reached, asked for at every look."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        up = float(self._backend.reachable())
        yield GaugeMetricFamily("faithline_broker_up", "Whether Redis answers; work goes on without it.", value=up)
        lost = self._backend.lost_hints
        yield CounterMetricFamily("faithline_hints_not_sent", "Attempts to send a hint that failed.", value=lost)
