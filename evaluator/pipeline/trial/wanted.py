"""What somebody asks to have tried, as a form or a body names it: a rubric, and a rule if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluator.core.errors import InvalidInput
from evaluator.pipeline.catalog.rubrics import parse_rubric, rubric_of
from evaluator.pipeline.catalog.rules import rule_named
from evaluator.pipeline.trial.run import Asked
from evaluator.store.store import Unit


def wanted_trial(
    unit: Unit, project: str, *, name: str | None = None, version: str | None = None, definition: Any = None,
    parameters: Mapping[str, Any], size: int, rule: str | None = None, rate: float,
) -> Asked:  # fmt: skip
    """The rubric `name` (at `version`), or one that is not pushed yet as `definition`, with the rates and the budget
    of an active `rule`.

    Raises:
        InvalidInput: both are given or none, or `definition` is no rubric.
        NotFound: there is no such rubric, version or active rule.
    """
    if (name is None) == (definition is None):
        raise InvalidInput("name", "or a definition must be given, not both", "Name a rubric, or send one")
    rubric = rubric_of(unit, project, name, version) if name is not None else parse_rubric(definition)
    drawing = None if rule is None else rule_named(unit, project, rule)
    return Asked(rubric=rubric, parameters=parameters, size=size, rule=drawing, rate=rate)
