"""Labels that a judge would take for each other, and places for material in what it is told."""

from __future__ import annotations

import time

import pytest

from evaluator.core.rubric_text import confused, folded, placeholder


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (["Good", "good"], "taken for each other"),
        (["so so", "so-so"], "taken for each other"),
        (["so_so", "so–so"], "taken for each other"),
        (["ｇood", "good"], "taken for each other"),
        (["STRASSE", "straße"], "taken for each other"),
        (["a\u200bb", "ab"], "taken for each other"),
        (["ok", "okay"], "begins like the other"),
        (["1", "10"], "begins like the other"),
        (["partly right", "PARTLY"], "begins like the other"),
        (["cannot", "good"], "begins like the other"),
        (["Cannot-Tell", "good"], "every judge may say so"),
        (["does not apply", "good"], "every judge may say so"),
        (["does_not_apply_here", "good"], "begins like the other"),
        (["--", "good"], "neither a letter nor a digit"),
    ],
)
def test_labels_that_are_confused(labels: list[str], problem: str) -> None:
    found = confused(labels)
    assert found is not None
    assert problem in found[0]
    assert found[1]


@pytest.mark.parametrize(
    "labels",
    [
        ["supported", "unsupported"],
        ["gut", "schlecht"],
        ["良い", "悪い"],
        ["1", "2"],
        ["कि", "का"],
        ["A", "B", "C", "D"],
    ],
)
def test_labels_that_are_told_apart(labels: list[str]) -> None:
    assert confused(labels) is None
    assert len({folded(label) for label in labels}) == len(labels)


@pytest.mark.parametrize(
    "text",
    [
        "Judge {question}.", "Judge { answer }.", "Judge {{question}}.", "{% if context %}", "Judge ${answer}.",
        "Judge {context[0]}.", "Judge {sample.answer}.", "Judge {answer!r}.", "Judge {0}.", "Judge %(answer)s.",
        "Judge [[answer]].", "Judge << question >>.", "Judge $answer now.", "Beurteile {Antwort}.", "Q{question}",
        "Question:\n{QUESTION}", "判断{回答}",
    ],
)  # fmt: skip
def test_places_for_material(text: str) -> None:
    assert placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        'An argument such as {"city": "Bergen"} is fine.',
        "An empty object {} or list [] is fine.", '{"a": {"b": 1}}',
        r"Write \frac{a}{b} or \text{km}.", "It costs $5, or 20 %.", "See [1] and [[note]].", "A set {1, 2, 3}.",
        "Is x << y or y >> x?", "The answer, the question and the context.", "a {very long remark of several words}",
    ],
)  # fmt: skip
def test_braces_that_are_none(text: str) -> None:
    assert placeholder(text) is None


def test_looking_takes_linear_time() -> None:
    began = time.perf_counter()
    for text in ("{" + " " * 20_000, "{a" * 10_000, "{ " * 10_000, "[[ " * 7_000, "$" * 20_000, "{" + "a" * 20_000):
        assert placeholder(text) is None or len(placeholder(text) or "") <= 80
    assert time.perf_counter() - began < 1
