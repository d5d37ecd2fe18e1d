"""Units of work: all repositories over one transaction. Only a unit of work commits (law 11), and what is to happen
after the commit (hints) is queued with `after_commit`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

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
from evaluator.store.repositories.sampling.cascades import Cascades, DueDecisions
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
from evaluator.store.repositories.work.verdicts import Verdicts


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
    def verdicts(self) -> Verdicts:
        return Verdicts(self._connection, self.project)

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
    def cascades(self) -> Cascades:
        return Cascades(self._connection, self.project)

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
    def due_decisions(self) -> DueDecisions:
        return DueDecisions(self.connection)

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
