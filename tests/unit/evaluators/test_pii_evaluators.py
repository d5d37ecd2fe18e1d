"""The evaluators of personal data: what they mark, what they take, and Presidio behind them."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput, ModelUnavailable
from evaluator.core.evaluator import fingerprint, sample_of
from evaluator.core.outcome import Score, ScoreKind
from evaluator.evaluators import registry
from evaluator.evaluators.pii import PiiEvaluator, PromptPiiEvaluator
from evaluator.text.limits import PII_MARKS

QUESTION = "My phone is 78651450."
ANSWER = "We wrote to anna@example.com, and to Dr. Lee."


def score(evaluator: PiiEvaluator | PromptPiiEvaluator, question: str = QUESTION, answer: str = ANSWER) -> Score:
    evaluator.open()
    (outcome,) = evaluator.score([sample_of(question, answer)])
    assert isinstance(outcome, Score)
    return outcome


def test_the_surest_value_is_the_score_and_all_are_marked() -> None:
    found = score(PiiEvaluator())
    assert [(ANSWER[e.start : e.end], e.label, e.field) for e in found.evidence] == [
        ("anna@example.com", "email", "answer"),
        ("Lee", "person", "answer"),
    ]
    assert found.value == max(e.confidence for e in found.evidence) == 0.95
    assert (found.label, found.kind) == ("pii", ScoreKind.CODE)
    assert found.details == {"found": 2, "kinds": {"email": 1, "person": 1}}


def test_the_prompt_is_judged_by_itself() -> None:
    found = score(PromptPiiEvaluator())
    assert [(QUESTION[e.start : e.end], e.label, e.field) for e in found.evidence] == [
        ("78651450", "phone", "question")
    ]
    assert score(PromptPiiEvaluator(), question="How much is it?").value == 0.0


def test_nothing_found_is_zero_and_clean() -> None:
    found = score(PiiEvaluator(), answer="It opens at nine.")
    assert (found.value, found.label, found.evidence) == (0.0, "clean", ())


def test_bad_is_what_holds_personal_data_at_any_threshold() -> None:
    for cls in (PiiEvaluator, PromptPiiEvaluator):
        for value, text in ((0.0, "Nothing."), (1.0, "anna@example.com")):
            outcome = score(cls(threshold=0.1), text, text)
            assert cls.spec.criterion.bad(outcome, cls.spec.scale) == value


def test_kinds_and_threshold_choose_and_name_the_version() -> None:
    assert {e.label for e in score(PiiEvaluator(kinds=["person"])).evidence} == {"person"}
    assert {e.label for e in score(PiiEvaluator(threshold=0.9)).evidence} == {"email"}
    made = [PiiEvaluator(), PiiEvaluator(kinds=["person"]), PiiEvaluator(threshold=0.9)]
    assert len({fingerprint(one) for one in made}) == 3
    assert fingerprint(PiiEvaluator(kinds=["phone", "email"])) == fingerprint(PiiEvaluator(kinds=["email", "phone"]))


def test_it_is_restored_from_its_parameters() -> None:
    one = registry.create("pii", {"kinds": ["email"], "threshold": 0.7})
    assert fingerprint(registry.restore("pii", one.parameters)) == fingerprint(one)


def test_very_many_values_are_counted_and_some_marked() -> None:
    found = score(PiiEvaluator(), answer="a1@example.com " * (PII_MARKS.size + 50))
    assert found.details["found"] == PII_MARKS.size + 50
    assert len(found.evidence) == PII_MARKS.size


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kinds": ["mail"]}, "parameters.kinds: there is no kind 'mail'. Kinds are: all, email"),
        ({"kinds": "email"}, "parameters.kinds: must be a list of kinds, got 'email'"),
        ({"kinds": [1]}, "parameters.kinds: must be a list of kinds"),
        ({"threshold": 2}, "parameters.threshold: must be a number from 0 to 1"),
        ({"engine": "magic"}, "parameters.engine: must be patterns or presidio"),
        ({"engine": "presidio", "presidio_model": "../../x"}, "parameters.presidio_model: must name a spaCy package"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        PiiEvaluator(**parameters)
    assert message in str(refused.value)


@pytest.fixture
def without_presidio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


def test_without_presidio_the_remedy_is_said(without_presidio: None) -> None:
    with pytest.raises(ModelUnavailable, match=r"presidio_analyzer is not installed. .*faithline\[presidio\]"):
        PiiEvaluator(engine="presidio")
    assert score(PiiEvaluator()).value > 0.9


PRESIDIO = importlib.util.find_spec("presidio_analyzer") is not None
MODEL = "faithline_blank_model"
needs_presidio = pytest.mark.skipif(not PRESIDIO, reason="the extra `presidio` is not installed")


@pytest.fixture
def blank_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A spaCy package that only finds words: Presidio's own patterns stand on it."""
    import spacy

    package = tmp_path / MODEL
    package.mkdir()
    spacy.blank("en").to_disk(package / "data")
    (package / "__init__.py").write_text(
        "from pathlib import Path\nfrom spacy.util import load_model_from_path\n"
        "def load(**options):\n    return load_model_from_path(Path(__file__).parent / 'data', **options)\n"
    )
    about = tmp_path / f"{MODEL}-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {MODEL}\nVersion: 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return MODEL


@needs_presidio
def test_a_model_that_is_missing_is_not_loaded_from_the_network() -> None:
    with pytest.raises(ModelUnavailable, match="python -m spacy download no_such_model"):
        PiiEvaluator(engine="presidio", presidio_model="no_such_model")


@needs_presidio
def test_presidio_finds_what_it_knows_and_patterns_the_rest(blank_model: str) -> None:
    answer = "My card 4111111111111111 and anna@example.com. " + "word " * 15_000 + "IBAN GB82WEST12345698765432"
    one = PiiEvaluator(engine="presidio", presidio_model=blank_model)
    found = score(one, answer=answer)
    marks = {e.label: answer[e.start : e.end] for e in found.evidence}
    assert marks == {"credit_card": "4111111111111111", "email": "anna@example.com", "iban": "GB82WEST12345698765432"}
    assert next(e.confidence for e in found.evidence if e.label == "credit_card") == 1.0
    assert one.parameters["versions"][MODEL] == "1"
    one.close()
    assert fingerprint(one) != fingerprint(PiiEvaluator())


@needs_presidio
def test_choosing_presidio_imports_nothing(blank_model: str) -> None:
    code = (
        "import sys\nfrom evaluator.evaluators.pii import PiiEvaluator\n"
        f"PiiEvaluator(engine='presidio', presidio_model='{MODEL}').parameters\n"
        f"print([m for m in ('presidio_analyzer', 'spacy', 'torch', '{MODEL}') if m in sys.modules])\n"
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, timeout=120, check=True, env=os.environ | {"PYTHONPATH": paths},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
