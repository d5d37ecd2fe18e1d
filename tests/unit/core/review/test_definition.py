"""Criteria: what may be one, and what names a version."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from evaluator.core.review.definition import CriterionDefinition


def level(label: str, bad: float) -> dict[str, Any]:
    return {"label": label, "title": label.capitalize(), "bad": bad, "when": f"It is {label}."}


def criterion(**changes: Any) -> CriterionDefinition:
    levels = [level("good", 0), level("so-so", 0.4), level("bad", 1)]
    fields = {"name": "rude", "title": "Rude", "question": "Is it rude?", "levels": levels}
    return CriterionDefinition.model_validate(fields | changes)


def test_a_version_is_named_by_everything_that_a_reviewer_reads() -> None:
    versions = {
        criterion(**change).version
        for change in (
            {}, {"name": "curt"}, {"title": "Impolite"}, {"question": "Is it impolite?"}, {"guidance": "Read it."},
            {"scale": "categorical"}, {"levels": [level("good", 0), level("bad", 1)]}, {"cannot_tell": "Unreadable."},
            {"does_not_apply": "No answer."}, {"marks": "the rude words"},
        )
    }  # fmt: skip
    assert len(versions) == 10


def test_blanks_around_a_text_make_no_other_version() -> None:
    assert criterion(question=" Is it rude?\n", guidance="\n").version == criterion(guidance="").version


def test_levels_are_found_by_label_and_half_is_bad() -> None:
    found = criterion(levels=[level("good", 0), level("half", 0.5), level("bad", 1)])
    half = found.level("half")
    assert half is not None
    assert half.is_bad
    assert [each.is_bad for each in found.levels] == [False, True, True]
    assert found.level("none") is None
    assert criterion().levels[1].is_bad is False


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ([level("good", 0)], "at least 2"),
        ([level(f"l{i}", i / 9) for i in range(10)], "at most 9"),
        ([level("good", 0), level("good", 1)], "stands there twice"),
        ([level("bad", 1), level("good", 0)], "from the best"),
        ([level("good", 0), level("better", 0.4)], "must have one that is bad"),
        ([level("bad", 0.5), level("worse", 1)], "must have one that is bad"),
        ([level("good", 0), level("cannot_tell", 1)], "is no level"),
        ([level("good", 0), level("does_not_apply", 1)], "is no level"),
        ([level("good", 0), level("bad", 1.5)], "less than or equal to 1"),
        ([level("good", 0), level("Bad", 1)], "match pattern"),
    ],
)
def test_levels_that_can_not_be(levels: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        criterion(levels=levels)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Rude"}, {"name": "rude\n"}, {"title": " "}, {"title": "x" * 201}, {"question": ""},
        {"question": "x" * 1001}, {"guidance": "x" * 20_001}, {"cannot_tell": ""}, {"does_not_apply": " "},
        {"marks": "x" * 201}, {"scale": "nominal"}, {"weight": 1},
    ],
)  # fmt: skip
def test_fields_that_can_not_be(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        criterion(**change)
