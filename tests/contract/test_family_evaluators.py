"""An evaluator whose spec belongs to the instance keeps the contract as well."""

from __future__ import annotations

from evaluator.testing.contract import EvaluatorContract
from tests.support.families import Marks


class TestMarks(EvaluatorContract):
    longest = 1000

    def create(self) -> Marks:
        return Marks(member="question")
