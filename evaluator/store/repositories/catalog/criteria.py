"""Criteria as people answer them: immutable versions, named by their content."""

from __future__ import annotations

from evaluator.core.review.definition import CriterionDefinition
from evaluator.store.repositories.catalog.versions import Versions
from evaluator.store.tables.catalog.criteria import CriterionRow


class Criteria(Versions[CriterionDefinition]):
    _row, _model = CriterionRow, CriterionDefinition
