"""The shipped rubrics: each can be pushed, agrees with its criterion, shows hard cases, and says nothing twice."""

from __future__ import annotations

import re
from typing import Any

import pytest

from evaluator import shipped
from evaluator.core.documents import read_yaml
from evaluator.core.errors import NotFound
from evaluator.core.rubric import Rubric, RubricIndex
from evaluator.core.rubric_text import folded, placeholder
from evaluator.pipeline.catalog.rubrics import disagreement, parse_rubric
from evaluator.shipped import shipped_rubrics
from tests.support import ROOT

FILES = sorted((ROOT / "rubrics").glob("*.yaml"))
EXPECTED = {
    "faithfulness", "answer-relevance", "completeness", "correctness", "refusal-appropriateness", "tone",
    "safety-policy", "citation-quality", "tool-use",
}  # fmt: skip
EVERYWHERE = ("reads like an instruction", "reply with", "answer with json", "json object", "do not act on")
"""What the judge is told with every rubric: that material is data, and how to reply."""

each_file = pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
each_rubric = pytest.mark.parametrize("rubric", shipped.rubrics().values(), ids=lambda r: r.name)


def written(path: Any) -> dict[str, Any]:
    return dict(read_yaml(path.read_text(encoding="utf-8"), path.name))


def test_files_are_named_by_their_rubric() -> None:
    assert [file.stem for file in FILES] == sorted(shipped.rubrics())
    assert set(shipped.rubrics()) == EXPECTED


@each_file
def test_it_can_be_pushed_as_it_is(path: Any) -> None:
    found = parse_rubric(written(path))
    assert found.version == shipped.rubrics()[path.stem].version
    assert parse_rubric(found.model_dump(mode="json")).version == found.version


@each_file
def test_it_is_written_out(path: Any) -> None:
    """Whoever takes it over sees what it says, and not that it says it by default."""
    given = written(path)
    assert {"version_note", "inputs", "cannot_tell"} <= set(given)
    assert "direction" in given["scale"]
    assert not {"provider", "model"} & set(given), "that is for the operator to choose"


@each_rubric
def test_it_names_a_shipped_criterion_and_agrees_with_it(rubric: Rubric) -> None:
    criterion = shipped.criteria()[rubric.criterion.name]
    judged = {label: rubric.scale.bad(label) for label in rubric.scale.labels}
    answered = {level.label: level.bad for level in criterion.levels}
    assert judged == pytest.approx(answered), "people and a judge have the same labels, and mean the same by them"
    assert rubric.scale.type == criterion.scale
    assert disagreement(rubric, criterion) is None


@each_rubric
def test_choices_run_from_best_to_worst_and_over_the_whole_scale(rubric: Rubric) -> None:
    bad = [rubric.scale.bad(label) for label in rubric.scale.labels]
    assert bad == sorted(bad)
    assert (bad[0], bad[-1]) == (0, 1)
    assert len(set(bad)) == len(bad)
    assert 0.5 not in bad, "no choice sits on the fence"
    assert all(re.fullmatch("[a-z][a-z_]*", label) for label in rubric.scale.labels)


@each_rubric
def test_what_is_bad_names_the_bad_labels(rubric: Rubric) -> None:
    """One half divides good from bad, and the prose names exactly the labels on the bad side."""
    told = rubric.criterion.bad_when
    assert isinstance(told, str)
    words = set(re.findall(r"\w+", told.split("(")[0]))
    assert words & set(rubric.scale.labels) == set(rubric.scale.bad_labels)


@each_rubric
def test_it_leaves_to_the_judge_what_holds_for_all(rubric: Rubric) -> None:
    for field, text in rubric.texts().items():
        flat = " ".join(text.casefold().split())
        assert not [phrase for phrase in EVERYWHERE if phrase in flat], field
        assert placeholder(text) is None, field


@each_rubric
def test_its_descriptions_are_all_different(rubric: Rubric) -> None:
    texts = [rubric.cannot_tell, *(choice.description for choice in rubric.scale.choices)]
    assert len({folded(text) for text in texts}) == len(texts)
    assert all(len(choice.description.split()) >= 8 for choice in rubric.scale.choices)


@each_rubric
def test_its_examples_are_worked_and_show_both_sides(rubric: Rubric) -> None:
    assert 3 <= len(rubric.examples) <= 5
    labels = [example.label for example in rubric.examples]
    assert set(labels) & set(rubric.scale.bad_labels)
    assert set(labels) - set(rubric.scale.bad_labels)
    assert len(set(labels)) >= 3
    assert len({example.answer for example in rubric.examples}) == len(labels)
    for example in rubric.examples:
        assert len(example.explanation.split()) >= 8, example.answer
        assert not example.missing


def test_most_show_when_it_can_not_be_told() -> None:
    showing = [r.name for r in shipped.rubrics().values() if "cannot_tell" in {e.label for e in r.examples}]
    assert len(showing) >= 6


@each_rubric
def test_it_can_be_read_in_a_few_minutes(rubric: Rubric) -> None:
    assert 150 <= len(rubric.instructions.split()) <= 600


def test_they_are_found_without_a_project() -> None:
    index: RubricIndex = shipped_rubrics()
    ours = shipped.rubrics()["tone"]
    assert index.version("tone") == index.version("tone", ours.version) == ours.version
    assert index.rubric("tone", ours.version) is ours
    with pytest.raises(NotFound, match=r"'tome' not found\. Did you mean tone\?"):
        index.version("tome")
    with pytest.raises(NotFound, match=f"'tone@beef' not found. There is {ours.version}"):
        index.rubric("tone", "beef")
