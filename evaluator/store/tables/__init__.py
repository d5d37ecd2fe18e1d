"""The tables. Rows, not types: `core` holds what they mean, and nothing here validates.

Every natural key begins with the project. Where a table grows with traffic, `day` (fixed when a trace is first
seen) is part of the key, so that PostgreSQL can partition by it.
"""

from sqlmodel import SQLModel

from evaluator.store.tables.access.audit import AuditRow
from evaluator.store.tables.access.keys import ApiKeyRow
from evaluator.store.tables.access.projects import ProjectRow
from evaluator.store.tables.access.sign_ins import SignInRow
from evaluator.store.tables.catalog.criteria import CriterionRow
from evaluator.store.tables.catalog.evaluators import EvaluatorRow
from evaluator.store.tables.catalog.golden_sets import GoldenItemRow, GoldenSetRow
from evaluator.store.tables.catalog.rubrics import RubricRow
from evaluator.store.tables.catalog.rules import RuleRow
from evaluator.store.tables.review.labels import AnchorRow, LabelRow
from evaluator.store.tables.review.tasks import TaskRow
from evaluator.store.tables.review.waves import WaveDueRow, WaveRow, WaveUnitRow
from evaluator.store.tables.sampling.rate_factors import DemandRow, RateFactorRow, RateReviewRow
from evaluator.store.tables.sampling.selections import CascadeDueRow, SelectionRow
from evaluator.store.tables.series.marks import DirtyRow
from evaluator.store.tables.series.rollups import RollupRow
from evaluator.store.tables.series.seals import SealRow
from evaluator.store.tables.series.slices import SliceRow
from evaluator.store.tables.spending.ledger import BudgetDayRow, ReservationRow
from evaluator.store.tables.traces.annotations import AnnotationRow
from evaluator.store.tables.traces.parts import PartRow
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.traces.traces import TraceRow
from evaluator.store.tables.work.jobs import JobRow, LostTurnRow
from evaluator.store.tables.work.outcomes import OutcomeRow
from evaluator.store.tables.work.quarantine import QuarantineRow

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "AnchorRow",
    "AnnotationRow",
    "ApiKeyRow",
    "AuditRow",
    "BudgetDayRow",
    "CascadeDueRow",
    "CriterionRow",
    "DemandRow",
    "DirtyRow",
    "EvaluatorRow",
    "GoldenItemRow",
    "GoldenSetRow",
    "JobRow",
    "LabelRow",
    "LostTurnRow",
    "OutcomeRow",
    "PartRow",
    "ProjectRow",
    "QuarantineRow",
    "RateFactorRow",
    "RateReviewRow",
    "ReservationRow",
    "RollupRow",
    "RubricRow",
    "RuleRow",
    "SampleRow",
    "SealRow",
    "SelectionRow",
    "SignInRow",
    "SliceRow",
    "TaskRow",
    "TraceRow",
    "WaveDueRow",
    "WaveRow",
    "WaveUnitRow",
]
