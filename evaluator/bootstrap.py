"""Puts the house together from settings: the one place where implementations are handed to those who need them."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import structlog

from evaluator import shipped
from evaluator.core.access import LOCAL
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.evaluator import Evaluator, fingerprint
from evaluator.core.ids import random_id
from evaluator.core.judge import Judges
from evaluator.core.limits import LocalLimiter
from evaluator.core.ports import (
    Backend,
    Clock,
    Guard,
    Hints,
    Limiter,
    Meter,
    NoGuard,
    NoHints,
    NoMeter,
    Redact,
    SystemClock,
    keep,
)
from evaluator.core.retry import Limits, RetryPolicy
from evaluator.core.rubric import RubricIndex
from evaluator.core.rule import Rule
from evaluator.core.turns import Turns
from evaluator.core.unknown import nearest, shortened
from evaluator.evaluators import registry
from evaluator.ingest.assembly.assemble import assemble
from evaluator.ingest.explain import explain
from evaluator.ingest.redact import redactor
from evaluator.judges.providers import open_judges
from evaluator.models.runtime import Runtime
from evaluator.pipeline.access.session_secret import session_secret
from evaluator.pipeline.catalog.golden_sets import push_golden
from evaluator.pipeline.catalog.rubrics import StoredRubrics
from evaluator.pipeline.catalog.rules import parse_rule, push_rule
from evaluator.pipeline.catalog.starter_rules import STARTER_RULES
from evaluator.pipeline.retention.retain import maintain, make_partitions
from evaluator.pipeline.stages.ingest import Intake
from evaluator.pipeline.stages.run import Stages, Tools
from evaluator.pipeline.stages.score import Worker
from evaluator.pipeline.trial.run import Asked, Trial, try_rubric
from evaluator.settings import PREFIX, Settings
from evaluator.store import migrate
from evaluator.store.golden import StoredGolden
from evaluator.store.store import Store
from evaluator.telemetry import configure_logging

__all__ = ["Services", "assemble", "configure_logging", "explain", "open_services"]

log = structlog.get_logger()

_OTHERS = frozenset(("KEY", "TORCH_INDEX", "SENDERS", "CHROMIUM"))
"""Variables that something else than the service reads: examples, the installation, the tests."""
_FOREIGN = re.compile(r"TEST_\w+|(?:\w+_)?(?:SERVICE_(?:HOST|PORT)|PORT_\d+_(?:TCP|UDP))(?:_\w+)?")
"""Variables of the tests, and those in which Kubernetes says where a service called ``faithline`` is."""


class Secrets:
    """The secrets of projects (`core.ports.Secret`), each asked for once. Not to be called within a transaction."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._known: dict[str, str] = {}

    def __call__(self, project: str) -> str:
        if project not in self._known:
            with self._store.write() as unit:
                self._known[project] = unit.projects.ensure(project, self._clock.now())
        return self._known[project]


@dataclass(frozen=True, slots=True)
class Services:
    """A running house over one database: what the API, the pages, the command line and workers work with."""

    settings: Settings
    store: Store
    clock: Clock
    hints: Hints
    redact: Redact = keep
    limiter: Limiter = field(default_factory=LocalLimiter)
    judges: Judges = field(default_factory=lambda: open_judges(limiter=LocalLimiter()))
    meter: Meter = field(default_factory=NoMeter)
    backend: Backend | None = None
    """What is shared with other processes beside the database; none where this is the only one."""
    guard: Guard = field(default_factory=NoGuard)
    turns: defaultdict[str, Turns] = field(default_factory=lambda: defaultdict(Turns))
    """Between projects, by queue: those of all workers of this process."""

    @property
    def quiet(self) -> timedelta:
        return timedelta(seconds=self.settings.quiet_seconds)

    @property
    def review_lease(self) -> timedelta:
        return timedelta(seconds=self.settings.review_lease_seconds)

    def intake(self) -> Intake:
        """A group-committing writer over the store; the caller closes it."""
        return Intake(self.store, self.clock, self.quiet, self.hints, self.redact)

    def create_evaluator(self, project: str, name: str, parameters: Mapping[str, Any]) -> Evaluator:
        """An evaluator of a project by name, not opened; imports no torch."""
        return self._create(project, name, parameters, StoredRubrics(self.store, project))

    def _create(self, project: str, name: str, parameters: Mapping[str, Any], rubrics: RubricIndex) -> Evaluator:
        golden = StoredGolden(self.store, project)
        return registry.create(name, parameters, golden, runtime_of(self.settings), rubrics, self.judges)

    def try_rubric(self, project: str, asked: Asked) -> Trial:
        """Try a rubric on samples of a project (`pipeline.trial.run`)."""
        create = partial(self._create, project)
        return try_rubric(self.store, project, asked, create, self.clock, self.settings.trial_usd_per_day)

    def build(self, project: str, pinned: str) -> Evaluator:
        """The evaluator that a rule pinned.

        Raises:
            NotFound: it is not registered, or this installation would give other numbers than the pinned version.
        """
        with self.store.read() as unit:
            version = unit.of(project).evaluators.get(pinned)
        if version is None:
            raise NotFound("evaluator version", pinned)
        golden, rubrics = StoredGolden(self.store, project), StoredRubrics(self.store, project)
        runtime, parameters = runtime_of(self.settings), version.manifest["parameters"]
        evaluator = registry.restore(version.name, parameters, golden, runtime, rubrics, self.judges)
        if (found := fingerprint(evaluator)) != pinned:
            remedy = f"Installed is {found}: push the rule again to start a new series with it"
            raise NotFound("evaluator version", f"{version.name} {pinned}", remedy)
        return evaluator

    def worker(self, queue: str = "score") -> Worker:
        """What a scoring process needs, under a lease owner of its own."""
        return Worker(
            store=self.store,
            build=self.build,
            clock=self.clock,
            hints=self.hints,
            meter=self.meter,
            owner=random_id(f"{queue}-{os.getpid()}-"),
            queue=queue,
            batch=self.settings.batch_size,
            lease=timedelta(seconds=self.settings.lease_seconds),
            retry=retry_of(self.settings),
            limits=limits_of(self.settings),
            guard=self.guard,
            turns=self.turns[queue],
        )

    def stages(self, slots: int = 1) -> Stages:
        """What runs the stages in this process, scoring in up to `slots` threads."""
        tools = Tools(
            store=self.store,
            clock=self.clock,
            assemble=assemble,
            hints=self.hints,
            meter=self.meter,
            worker=self.worker,
            maintain=self.maintain,
            retry=retry_of(self.settings),
            backlog_target=self.settings.backlog_target_seconds,
        )
        return Stages(tools, slots)

    def push_rule(
        self, project: str, definition: Rule | Mapping[str, Any], actor: str = LOCAL, *, remote: bool = False
    ) -> Any:
        """Register a rule (see `pipeline.catalog.rules`); a `remote` one may not name folders of this machine."""
        rule = definition if isinstance(definition, Rule) else parse_rule(definition)
        if remote:
            registry.refuse_folders(rule.evaluator, rule.parameters)
            if rule.cascade is not None:
                registry.refuse_folders(rule.cascade.evaluator, rule.cascade.parameters)
        return push_rule(self.store, project, rule, self.create_evaluator, self.clock, actor)

    def session_secret(self) -> bytes:
        """What sign-ins to the pages are signed with. Raises FaithlineError where it can not be used."""
        given = self.settings.session_secret
        folder = self.store.folder or Path.home() / ".faithline"
        return session_secret(None if given is None else given.get_secret_value(), folder)

    def maintain(self) -> int:
        """Make partitions ahead and apply retention (see `pipeline.retention.retain.maintain`)."""
        return maintain(self.store, self.clock, self.settings.retention_days, retry=retry_of(self.settings))

    def close(self) -> None:
        if self.backend is not None:
            self.backend.close()
        self.store.close()


def judges_of(settings: Settings, limiter: Limiter) -> Judges:
    """The judges that the settings configure. Raises InvalidInput naming what is wrong."""
    return open_judges(
        limiter=limiter,
        base_url=settings.judge_base_url,
        model=settings.judge_model,
        api_key=settings.judge_api_key,
        api_key_file=settings.judge_api_key_file,
        api=settings.judge_api,
        providers_file=settings.judge_providers,
        timeout_seconds=settings.judge_timeout_seconds,
        concurrency=settings.judge_concurrency,
        price_input=settings.judge_price_input,
        price_output=settings.judge_price_output,
        window=settings.judge_window,
        allowed_hosts=settings.judge_allowed_hosts.split(","),
    )


def runtime_of(settings: Settings) -> Runtime:
    """Where models are found and run, as the settings have it."""
    path = settings.embedder_path
    return Runtime(
        embedder_path=str(path) if path else None,
        weights_path=str(settings.models_path.expanduser()),
        threads=settings.threads or None,
        precision=settings.precision,
    )


def retry_of(settings: Settings) -> RetryPolicy:
    """How often what fails is tried."""
    return RetryPolicy(attempts=settings.retry_attempts, first_pause=settings.retry_seconds)


def limits_of(settings: Settings) -> Limits:
    """What scoring a batch may take."""
    return Limits(
        batch_seconds=settings.batch_seconds,
        sample_seconds=settings.sample_seconds,
        memory_mb=settings.score_memory_mb,
    )


BACKENDS = "faithline.backends"
"""Entry points, by the scheme of an address, of callables that open what processes share (`core.ports.Backend`)."""


def open_backend(url: str) -> Backend:
    """Open what processes share at `url`, without waiting for it to answer.

    Raises:
        InvalidInput: nothing that is installed knows such an address.
    """
    scheme = url.split("://", 1)[0]
    found = entry_points(group=BACKENDS, name=scheme)
    if not found:
        known = ", ".join(sorted(e.name for e in entry_points(group=BACKENDS))) or "none: install faithline again"
        raise InvalidInput("FAITHLINE_REDIS_URL", f"{scheme} is not known", f"Known are: {known}")
    backend: Backend = next(iter(found)).load()(url)
    return backend


def open_services(
    settings: Settings | None = None,
    *,
    hints: Hints | None = None,
    migrated: bool = True,
    meter: Meter | None = None,
    guard: Guard | None = None,
) -> Services:
    """Open the database of `settings` (bringing it to the current schema unless `migrated` is false).

    `hints` of the caller's own take the place of those of the settings' broker; `guard` is for a process that scores
    and may be ended for it.

    Raises:
        InvalidInput: `settings.redact` names a kind that there is not.
    """
    settings = settings or Settings()
    store, clock = Store(settings.database_url), SystemClock()
    redact = redactor(settings.redact, Secrets(store, clock))
    if migrated:
        migrate.upgrade(settings.database_url)
    backend = open_backend(settings.redis_url) if settings.redis_url else None
    if migrated:
        make_partitions(store, clock.now().date())
    limiter = backend.limiter if backend else LocalLimiter()
    return Services(
        settings,
        store,
        clock,
        hints or (backend.hints if backend else NoHints()),
        redact,
        limiter,
        judges_of(settings, limiter),
        meter or NoMeter(),
        backend,
        guard or NoGuard(),
    )


def unknown_variables(environment: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Variables that begin as ours do and are none, each with what it was probably meant to be. They are no error:
    others may use the prefix."""
    settings = [name.upper() for name in Settings.model_fields]
    for variable in sorted(v for v in environment if v.upper().startswith(PREFIX)):
        name = variable.upper().removeprefix(PREFIX)
        if name in settings or name in _OTHERS or _FOREIGN.fullmatch(name):
            continue
        near = nearest(name, settings)
        remedy = f"Did you mean {PREFIX}{near}?" if near else "Unset it, if it was meant for Faithline"
        yield shortened(variable), remedy


def warn_of_variables() -> None:
    """Log the variables of the environment that look like settings and are none."""
    for variable, remedy in unknown_variables(os.environ):
        log.warning("variable_unknown", variable=variable, remedy=remedy)


def push_starter_rules(services: Services, project: str) -> int:
    """Give a project without any rule the starter rules; returns how many were pushed."""
    with services.store.read() as unit:
        if unit.of(project).rules.versions():
            return 0
    for definition in STARTER_RULES:
        services.push_rule(project, definition)
    return len(STARTER_RULES)


def push_golden_set(services: Services, project: str, name: str, path: Path | None = None) -> Any:
    """Store a golden set from a folder or a JSON lines file, or a shipped one by name."""
    title, description = "", ""
    if path is None:
        sets = shipped.golden_sets()
        if name not in sets:
            raise NotFound("shipped golden set", name, f"Shipped are: {', '.join(sets)}")
        path = shipped.data_dir("golden_sets") / name
    if path.is_dir():
        about = shipped.read_card(path)
        title, description = about.get("title", ""), about.get("description", "")
        path = path / "items.jsonl"
    items = shipped.read_items(path)
    return push_golden(services.store, project, name, items, services.clock, title=title, description=description)
