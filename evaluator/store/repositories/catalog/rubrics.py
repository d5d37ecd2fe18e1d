"""Rubrics: immutable versions, named by their content."""

from __future__ import annotations

from evaluator.core.rubric import Rubric
from evaluator.store.repositories.catalog.versions import Versions
from evaluator.store.tables.catalog.rubrics import RubricRow


class Rubrics(Versions[Rubric]):
    _row, _model = RubricRow, Rubric
