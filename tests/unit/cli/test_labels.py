"""Labels from a file: every bad line is told by line, field and remedy, and the others are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluator.cli.labels import read_labels
from evaluator.cli.rows import BadRow
from evaluator.models.tuning.labelled import Labelled, design_weights
from evaluator.text.sentences import Span

GOOD = {"answer": "It is red.", "context": "It is blue.", "label": 1}


def read(tmp_path: Path, *objects: Any) -> tuple[list[Labelled], list[BadRow]]:
    path = tmp_path / "labels.jsonl"
    path.write_text("".join((o if isinstance(o, str) else json.dumps(o)) + "\n" for o in objects))
    return read_labels(path)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"answer": None}, "answer", "Give the text"),
        ({"answer": " \n"}, "answer", "blank"),
        ({"answer": 5}, "answer", "a number instead of a string"),
        ({"context": []}, "context", "missing or blank"),
        ({"context": ["a", 3]}, "context[1]", "instead of a string"),
        ({"question": ["q"]}, "question", "a list"),
        ({"label": None}, "label", "0 (good) or 1 (bad)"),
        ({"label": True}, "label", "0 (good) or 1 (bad)"),
        ({"label": "1"}, "label", "0 (good) or 1 (bad)"),
        ({"label": 0.5}, "label", "0 (good) or 1 (bad)"),
        ({"spans": "red"}, "spans", "list of [start, end]"),
        ({"spans": [[6]]}, "spans[0]", "two whole numbers"),
        ({"spans": [[0, 2], [6, 11]]}, "spans[1]", "does not lie in the answer of 10 characters"),
        ({"spans": [[6, 6]]}, "spans[0]", "does not lie"),
        ({"spans": [[-2, 6]]}, "spans[0]", "does not lie"),
        ({"spans": [[True, 6]]}, "spans[0]", "whole numbers"),
        ({"spans": [[6, 9]], "label": 0}, "spans", "label is 0"),
        ({"inclusion_probability": 0}, "inclusion_probability", "above 0 and up to 1"),
        ({"inclusion_probability": 1.5}, "inclusion_probability", "above 0 and up to 1"),
        ({"inclusion_probability": "0.5"}, "inclusion_probability", "must be a number"),
        ({"inclusion_probability": float("nan")}, "inclusion_probability", "must be a number"),
        ({"group": ["x"]}, "group", "Leave it out"),
        ({"group": ""}, "group", "must be a string"),
    ],
)
def test_a_bad_line_is_told_and_the_others_are_kept(
    tmp_path: Path, change: dict[str, Any], field: str, words: str
) -> None:
    good, bad = read(tmp_path, GOOD, GOOD | change, GOOD)
    assert len(good) == 2
    assert [(row.line, row.field) for row in bad] == [(2, field)]
    message = bad[0].failure(()).message
    assert message.startswith(f"line 2: {field}: ")
    assert words in message
    assert "It is red" not in message, "the content of a line is not repeated"


@pytest.mark.parametrize("line", ["{", "[1]", "null", "[" * 100_000])
def test_what_is_no_object(tmp_path: Path, line: str) -> None:
    good, bad = read(tmp_path, line, GOOD)
    assert (len(good), [row.line for row in bad]) == (1, [1])


def test_what_a_line_says(tmp_path: Path) -> None:
    full = GOOD | {"spans": [[6, 9, "colour"]], "group": 7, "question": "q", "context": ["It is blue.", ""]}
    good, bad = read(tmp_path, full, GOOD | {"label": 0}, GOOD | {"context": ["It is blue."]}, GOOD | {"spans": []})
    assert not bad
    assert good[0] == Labelled("It is red.", ("It is blue.", ""), True, "7", (Span(6, 9),))
    assert [one.bad for one in good] == [True, False, True, True]
    assert [one.spans for one in good[1:]] == [None] * 3
    assert good[1].group == good[2].group == good[3].group != "7", "by context, unless something else is said"


def test_probabilities_of_inclusion_stand_on_all_lines_or_on_none(tmp_path: Path) -> None:
    good, bad = read(tmp_path, GOOD | {"inclusion_probability": 0.25}, GOOD, GOOD | {"inclusion_probability": 1})
    assert [(row.line, row.field) for row in bad] == [(2, "inclusion_probability")]
    assert design_weights(good) == pytest.approx([1.6, 0.4])
    good, bad = read(tmp_path, GOOD, GOOD)
    assert not bad
    assert design_weights(good) == pytest.approx([1.0, 1.0])


def test_hostile_text_is_text(tmp_path: Path) -> None:
    good, bad = read(tmp_path, '{"answer": "\\ud800\\u0000", "context": "\\ud800", "label": 0, "group": "[red]"}')
    assert not bad
    assert good[0].group == "[red]"
