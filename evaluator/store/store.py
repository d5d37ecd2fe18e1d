"""The store: units of work over one database.

Only a unit of work commits (law 11); what is to happen after the commit (hints) is queued with `after_commit`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeVar

import structlog
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from evaluator.core.errors import DatabaseAway, NoRoom, NotFound
from evaluator.core.evaluator import GoldenItem
from evaluator.store import engine, migrate
from evaluator.store.repositories.access.audit import Audit
from evaluator.store.repositories.access.keys import KeyRing, Keys
from evaluator.store.repositories.access.projects import Projects
from evaluator.store.repositories.access.sign_ins import SignIns
from evaluator.store.repositories.catalog.criteria import Criteria
from evaluator.store.repositories.catalog.evaluators import Evaluators
from evaluator.store.repositories.catalog.golden_sets import GoldenSets
from evaluator.store.repositories.catalog.rubrics import Rubrics
from evaluator.store.repositories.catalog.rules import Rules
from evaluator.store.repositories.retention.expired import Retention
from evaluator.store.repositories.retention.partitions import Partitions
from evaluator.store.repositories.retention.people import People
from evaluator.store.repositories.review.anchors import Anchors
from evaluator.store.repositories.review.asked import AskedSamples
from evaluator.store.repositories.review.desk import Desk
from evaluator.store.repositories.review.frames import Frames
from evaluator.store.repositories.review.labels import Labels
from evaluator.store.repositories.review.reviewed import ReviewedUnits
from evaluator.store.repositories.review.tasks import Tasks
from evaluator.store.repositories.review.waves import AskingProjects, DueTargets, Waves
from evaluator.store.repositories.sampling.rate_factors import Factors, Reviews
from evaluator.store.repositories.sampling.selections import Plans
from evaluator.store.repositories.series.marks import Marks, ProjectMarks
from evaluator.store.repositories.series.rollups import Rollups
from evaluator.store.repositories.series.seals import Seals
from evaluator.store.repositories.series.slices import Slices
from evaluator.store.repositories.spending.ledger import Ledger
from evaluator.store.repositories.traces.annotations import Annotations
from evaluator.store.repositories.traces.arrivals import Arrivals
from evaluator.store.repositories.traces.gaps import Gaps
from evaluator.store.repositories.traces.parts import Parts
from evaluator.store.repositories.traces.traces import Traces
from evaluator.store.repositories.traces.views import Views
from evaluator.store.repositories.work.jobs import Queue
from evaluator.store.repositories.work.outcomes import Outcomes
from evaluator.store.repositories.work.owned import Jobs
from evaluator.store.repositories.work.quarantine import Quarantine, Quarantines

T = TypeVar("T")

log = structlog.get_logger()


class ProjectUnit:
    """Repositories over one transaction, bound to one project: none of their queries can reach another's rows."""

    def __init__(self, connection: Connection, project: str) -> None:
        self._connection, self.project = connection, project

    @property
    def traces(self) -> Traces:
        return Traces(self._connection, self.project)

    @property
    def gaps(self) -> Gaps:
        return Gaps(self._connection, self.project)

    @property
    def parts(self) -> Parts:
        return Parts(self._connection, self.project)

    @property
    def annotations(self) -> Annotations:
        return Annotations(self._connection, self.project)

    @property
    def plans(self) -> Plans:
        return Plans(self._connection, self.project)

    @property
    def jobs(self) -> Jobs:
        return Jobs(self._connection, self.project)

    @property
    def quarantine(self) -> Quarantine:
        return Quarantine(self._connection, self.project)

    @property
    def outcomes(self) -> Outcomes:
        return Outcomes(self._connection, self.project)

    @property
    def labels(self) -> Labels:
        return Labels(self._connection, self.project)

    @property
    def reviewed(self) -> ReviewedUnits:
        return ReviewedUnits(self._connection, self.project)

    @property
    def asked(self) -> AskedSamples:
        return AskedSamples(self._connection, self.project)

    @property
    def waves(self) -> Waves:
        return Waves(self._connection, self.project)

    @property
    def frames(self) -> Frames:
        return Frames(self._connection, self.project)

    @property
    def tasks(self) -> Tasks:
        return Tasks(self._connection, self.project)

    @property
    def desk(self) -> Desk:
        return Desk(self._connection, self.project)

    @property
    def anchors(self) -> Anchors:
        return Anchors(self._connection, self.project)

    @property
    def rules(self) -> Rules:
        return Rules(self._connection, self.project)

    @property
    def evaluators(self) -> Evaluators:
        return Evaluators(self._connection, self.project)

    @property
    def rollups(self) -> Rollups:
        return Rollups(self._connection, self.project)

    @property
    def marks(self) -> ProjectMarks:
        return ProjectMarks(self._connection, self.project)

    @property
    def seals(self) -> Seals:
        return Seals(self._connection, self.project)

    @property
    def slices(self) -> Slices:
        return Slices(self._connection, self.project)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self._connection, self.project)

    @property
    def factors(self) -> Factors:
        return Factors(self._connection, self.project)

    @property
    def golden_sets(self) -> GoldenSets:
        return GoldenSets(self._connection, self.project)

    @property
    def sign_ins(self) -> SignIns:
        return SignIns(self._connection, self.project)

    @property
    def criteria(self) -> Criteria:
        return Criteria(self._connection, self.project)

    @property
    def rubrics(self) -> Rubrics:
        return Rubrics(self._connection, self.project)

    @property
    def views(self) -> Views:
        return Views(self._connection, self.project)

    @property
    def keys(self) -> Keys:
        return Keys(self._connection, self.project)

    @property
    def audit(self) -> Audit:
        return Audit(self._connection, self.project)

    @property
    def people(self) -> People:
        return People(self._connection, self.project)


@dataclass(slots=True)
class Unit:
    """Repositories over one transaction: those that serve the whole house, and with `of` those of a project."""

    connection: Connection
    hooks: list[Callable[[], None]] = field(default_factory=list)

    def of(self, project: str) -> ProjectUnit:
        return ProjectUnit(self.connection, project)

    @property
    def projects(self) -> Projects:
        return Projects(self.connection)

    @property
    def arrivals(self) -> Arrivals:
        return Arrivals(self.connection)

    @property
    def queue(self) -> Queue:
        return Queue(self.connection)

    @property
    def due_targets(self) -> DueTargets:
        return DueTargets(self.connection)

    @property
    def asking_projects(self) -> AskingProjects:
        return AskingProjects(self.connection)

    @property
    def reviews(self) -> Reviews:
        return Reviews(self.connection)

    @property
    def quarantine(self) -> Quarantines:
        return Quarantines(self.connection)

    @property
    def marks(self) -> Marks:
        return Marks(self.connection)

    @property
    def key_ring(self) -> KeyRing:
        return KeyRing(self.connection)

    @property
    def partitions(self) -> Partitions:
        return Partitions(self.connection)

    @property
    def retention(self) -> Retention:
        return Retention(self.connection)

    def after_commit(self, hook: Callable[[], None]) -> None:
        """Run `hook` once the transaction is on disk; never if it is rolled back."""
        self.hooks.append(hook)


LEAST_FREE = 4 * 2**20
"""Bytes that must be free on the disk of a SQLite database for it to count as one that can be written to."""


class Store:
    """One database. Safe to share between threads; not across a fork or a spawn (open another there)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._full = False
        self._writer = engine.writer(url)
        self._reader = engine.reader(url)

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """A transaction that commits on leaving, or rolls back on an exception.

        Raises:
            DatabaseAway: it lost a race or its connection; it may have been committed all the same.
            NoRoom: the disk is full.
        """
        try:
            with engine.telling(), self._writer.begin() as connection:
                unit = Unit(connection)
                yield unit
        except NoRoom:
            if not self._full:
                log.error("database_full", free=engine.free_bytes(self.url))
            self._full = True
            raise
        if self._full:
            log.warning("database_has_room_again")
            self._full = False
        for hook in unit.hooks:
            hook()

    def change(self, work: Callable[[Unit], T], patience: float = 30.0) -> T:
        """What `work` returns of a transaction, which is begun anew where it lost a race or its connection.

        `work` may run several times, and may have been committed although the connection was lost: it must be safe
        to repeat. After `patience` seconds the error is raised, and at once where the disk is full.
        """
        until = time.monotonic() + patience
        for pause in _pauses():
            try:
                with self.write() as unit:
                    return work(unit)
            except DatabaseAway as error:
                if isinstance(error, NoRoom) or time.monotonic() + pause > until:
                    raise
                log.warning("transaction_repeated", error=type(error.__cause__).__name__)
            time.sleep(pause)
        raise AssertionError("there is always another pause")

    @contextmanager
    def read(self, seconds: float | None = None) -> Iterator[Unit]:
        """A read-only transaction: one consistent picture.

        Raises:
            DatabaseAway: as `write` does.
            TooLong: it took longer than `seconds`.
        """
        with ExitStack() as stack:
            stack.enter_context(engine.telling())
            connection = stack.enter_context(self._reader.begin())
            if seconds is not None:
                stack.enter_context(engine.ending(connection, seconds))
            yield Unit(connection)

    def check_room(self) -> None:
        """Raises NoRoom where nothing can be written: by what is left of the disk, or tried where it was so."""
        free = engine.free_bytes(self.url)
        if free is not None and free < LEAST_FREE:
            raise NoRoom(f"the disk of the database has {free} bytes left", engine.FULL_RETRY_SECONDS)
        if self._full:
            with self.write() as unit:  # any row: SQLite and PostgreSQL write one that stays the same as well
                unit.connection.execute(text("UPDATE alembic_version SET version_num = version_num"))

    def is_current(self) -> bool:
        """Whether the database is at the newest migration that this version knows. Raises DatabaseAway."""
        with engine.telling(), self._reader.begin() as connection:
            return MigrationContext.configure(connection).get_current_revision() == migrate.head()

    @property
    def folder(self) -> Path | None:
        """Where a SQLite database lies; None for any other."""
        return engine.folder(self.url)

    @property
    def durability(self) -> str:
        return engine.durability(self.url)

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()


def _pauses() -> Iterator[float]:
    """Seconds between attempts: longer and longer, and never the same for two who are in each other's way."""
    for attempt in count():
        yield random.uniform(0.5, 1.0) * min(2.0, 0.05 * 2**attempt)


class StoredGolden:
    """The golden sets of one project, as evaluators see them (`core.evaluator.GoldenIndex`)."""

    def __init__(self, store: Store, project: str) -> None:
        self._store, self._project = store, project

    def version(self, name: str, version: str | None = None) -> str:
        with self._store.read() as unit:
            sets = unit.of(self._project).golden_sets.versions(name)
        for candidate in sets:
            if version in (None, candidate.version):
                return candidate.version
        remedy = "Push it with `faithline golden push`, or list what there is with `faithline golden list`"
        raise NotFound("golden set", name if version is None else f"{name}@{version}", remedy)

    def items(self, name: str, version: str) -> Sequence[GoldenItem]:
        with self._store.read() as unit:
            return unit.of(self._project).golden_sets.items(name, version)
