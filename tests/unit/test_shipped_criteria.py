"""Criteria, rubrics and evaluators speak of the same things by the same names, and agree on what is bad."""

from __future__ import annotations

import re

import pytest

from evaluator import shipped
from evaluator.core.review.definition import CriterionDefinition
from evaluator.evaluators import registry
from evaluator.pipeline.catalog.criteria import parse_criterion
from tests.support import ROOT

FILES = sorted((ROOT / "rubrics" / "criteria").glob("*.yaml"))
HOUR = 60
WORDS_A_MINUTE = 200

each_criterion = pytest.mark.parametrize("criterion", shipped.criteria().values(), ids=lambda c: c.name)


def built_in() -> dict[str, str]:
    """The criterion of every evaluator that is part of the package."""
    ours = (
        spec for spec in registry.specs() if registry.evaluator_class(spec.name).__module__.startswith("evaluator.")
    )
    return {spec.name: spec.criterion.name for spec in ours}


def test_files_are_named_by_their_criterion() -> None:
    assert [file.stem for file in FILES] == sorted(shipped.criteria())
    assert len(FILES) >= 16


def test_every_built_in_evaluator_names_a_shipped_criterion() -> None:
    named = built_in()
    assert len(named) >= 12
    assert set(named.values()) <= set(shipped.criteria())


def test_evaluators_and_people_mean_the_same_by_a_label() -> None:
    shared = 0
    for spec in registry.specs():
        criterion = shipped.criteria().get(spec.criterion.name)
        for label in spec.criterion.bad_labels if criterion is not None else ():
            level = criterion.level(label) if criterion is not None else None
            shared += level is not None
            assert level is None or level.is_bad, (spec.name, label)
    assert shared >= 6


@each_criterion
def test_the_scale_runs_from_0_to_1(criterion: CriterionDefinition) -> None:
    values = [level.bad for level in criterion.levels]
    assert (values[0], values[-1]) == (0, 1)
    assert len(set(values)) == len(values), "each level says something of its own"
    assert 0.5 not in values, "no level sits on the fence"


@each_criterion
def test_it_can_be_pushed_as_it_is_and_read_in_a_few_minutes(criterion: CriterionDefinition) -> None:
    assert parse_criterion(criterion.model_dump(mode="json")).version == criterion.version
    assert criterion.question.endswith("?")
    assert criterion.question.count("?") == 1
    assert len(criterion.guidance.split("\n\n")) >= 5
    assert len(criterion.guidance.split()) <= 2 * WORDS_A_MINUTE


@each_criterion
def test_it_says_nothing_of_an_evaluator(criterion: CriterionDefinition) -> None:
    """Whoever labels is blind: no model, no score, no threshold."""
    words = set(re.findall(r"[a-z]+", criterion.model_dump_json().casefold()))
    assert not words & {"score", "threshold", "model", "classifier", "evaluator", "probability", "rubric"}


@each_criterion
def test_it_applies_to_what_the_evaluator_scores(criterion: CriterionDefinition) -> None:
    """Where an evaluator skips a sample for what it lacks, people are told that it does not apply."""
    needs = {n for s in registry.specs() if s.criterion.name == criterion.name for n in s.needs}
    told = criterion.does_not_apply or ""
    assert ("context" in needs) == ("passages" in told)
    if "question" in needs:
        assert re.search("question|message", told)
