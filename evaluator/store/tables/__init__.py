"""The tables. Rows, not types: `core` holds what they mean, and nothing here validates.

Every natural key begins with the project. Where a table grows with traffic, `day` (fixed when a trace is first
seen) is part of the key, so that PostgreSQL can partition by it.
"""

from sqlmodel import SQLModel

from evaluator.store.tables.access import ApiKeyRow, AuditRow
from evaluator.store.tables.annotation import AnnotationRow
from evaluator.store.tables.library import EvaluatorRow, GoldenItemRow, GoldenSetRow, RubricRow
from evaluator.store.tables.money import BudgetDayRow, ReservationRow
from evaluator.store.tables.plan import DemandRow, RateFactorRow, RateReviewRow, RuleRow, SelectionRow
from evaluator.store.tables.project import ProjectRow
from evaluator.store.tables.series import DirtyRow, RollupRow, SealRow, SliceRow
from evaluator.store.tables.trace import PartRow, SampleRow, TraceRow
from evaluator.store.tables.work import JobRow, LabelRow, OutcomeRow

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "AnnotationRow",
    "ApiKeyRow",
    "AuditRow",
    "BudgetDayRow",
    "DemandRow",
    "DirtyRow",
    "EvaluatorRow",
    "GoldenItemRow",
    "GoldenSetRow",
    "JobRow",
    "LabelRow",
    "OutcomeRow",
    "PartRow",
    "ProjectRow",
    "RateFactorRow",
    "RateReviewRow",
    "ReservationRow",
    "RollupRow",
    "RubricRow",
    "RuleRow",
    "SampleRow",
    "SealRow",
    "SelectionRow",
    "SliceRow",
    "TraceRow",
]
