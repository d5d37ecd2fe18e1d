"""The contract that every evaluator keeps: subclass, say how to make one, and pytest does the rest.

from evaluator.testing.contract import EvaluatorContract

class TestMine(EvaluatorContract):
    def create(self):
        return MyEvaluator()
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, ClassVar

import pytest

from evaluator.core.evaluator import Evaluator, EvaluatorSpec, fingerprint, manifest, sample_of
from evaluator.core.outcome import Failure, Outcome, Reason, Score
from evaluator.core.trace import Sample, ToolCall
from evaluator.testing.hostile import HUGE, hostile_samples, ordinary_samples

HEAVY = ("torch", "transformers", "sentence_transformers", "bert_score", "onnxruntime", "tensorflow", "jax")
_NEEDS = {
    "answer": Reason.NO_ANSWER,
    "question": Reason.NO_QUESTION,
    "context": Reason.NO_CONTEXT,
    "system_prompt": Reason.NO_SYSTEM_PROMPT,
    "tool_calls": Reason.NO_TOOL_CALLS,
}


class EvaluatorContract:
    """Subclass it with a name that begins with ``Test`` and a `create`."""

    tolerance: ClassVar[float] = 1e-4
    """How far a value may move with the sample's neighbours (law 9)."""

    longest: ClassVar[int] = HUGE
    """The longest hostile text (characters)."""

    factory: ClassVar[str | None] = None
    """``"module:callable"`` that makes the evaluator in a fresh process; default: `create` of this very class."""

    @abstractmethod
    def create(self) -> Evaluator:
        """A new evaluator, not open."""

    def samples(self) -> list[Sample]:
        """Samples of the usual kind; add your own where the ordinary ones say little about your evaluator."""
        return ordinary_samples()

    @pytest.fixture(scope="class")
    @classmethod
    def evaluator(cls) -> Iterator[Evaluator]:
        """One open evaluator for the whole class."""
        one = cls().create()
        one.open()
        yield one
        one.close()

    def test_it_follows_the_protocol(self) -> None:
        one = self.create()
        assert isinstance(one, Evaluator)
        assert isinstance(one.spec, EvaluatorSpec)
        assert one.spec == self.create().spec, "`spec` follows from the parameters"
        assert set(one.spec.needs) <= set(_NEEDS), f"`needs` may name {sorted(_NEEDS)}"

    def test_the_manifest_is_json_and_the_fingerprint_stable(self) -> None:
        first, second = self.create(), self.create()
        text = json.dumps(manifest(first), allow_nan=False)
        assert json.loads(text) == manifest(first), "`parameters` must be JSON"
        assert fingerprint(first) == fingerprint(second)

    def test_opening_leaves_the_spec_and_the_fingerprint(self, evaluator: Evaluator) -> None:
        assert evaluator.spec == self.create().spec
        assert fingerprint(evaluator) == fingerprint(self.create())

    def test_the_fingerprint_needs_no_model_library(self) -> None:
        """In a fresh process: same fingerprint, and none of the heavy libraries imported."""
        cls = type(self)
        module, _, attribute = (self.factory or f"{cls.__module__}:{cls.__qualname__}").partition(":")
        code = (
            "import sys, json, importlib\n"
            f"sys.path[:0] = {sys.path!r}\n"
            "from evaluator.core.evaluator import fingerprint\n"
            f"made = getattr(importlib.import_module({module!r}), {attribute!r})()\n"
            "made = made.create() if hasattr(made, 'create') else made\n"
            f"print(json.dumps([fingerprint(made), [m for m in {HEAVY!r} if m in sys.modules]]))\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        found, heavy = json.loads(done.stdout.splitlines()[-1])
        assert heavy == [], f"imported before open(): {heavy}"
        assert found == fingerprint(self.create()), "the fingerprint differs from process to process"

    def test_nothing_in_nothing_out(self, evaluator: Evaluator) -> None:
        assert evaluator.score([]) == []

    def test_one_outcome_each_in_order(self, evaluator: Evaluator) -> None:
        samples = self.samples()
        there = evaluator.score(samples)
        back = evaluator.score(samples[::-1])[::-1]
        assert len(there) == len(back) == len(samples)
        for sample, one, other in zip(samples, there, back, strict=True):
            self._check(evaluator.spec, sample, one)
            self._same(one, other)

    def test_neighbours_do_not_matter(self, evaluator: Evaluator) -> None:
        samples = [*self.samples(), *list(hostile_samples(self.longest).values())[::13]]
        together = evaluator.score(samples)
        for sample, one in zip(samples, together, strict=True):
            self._same(one, evaluator.score([sample])[0])

    def test_the_same_again_is_the_same(self, evaluator: Evaluator) -> None:
        samples = self.samples()
        assert evaluator.score(samples) == evaluator.score(samples)
        for one in evaluator.score([samples[0]] * 3):
            self._same(one, evaluator.score([samples[0]])[0])

    def test_hostile_inputs(self, evaluator: Evaluator) -> None:
        """Every hostile text in every field, in one batch: an outcome each, and none in another's place."""
        named = hostile_samples(self.longest)
        usual = self.samples()[0]
        outcomes = evaluator.score([*named.values(), usual])
        assert len(outcomes) == len(named) + 1
        for (name, sample), outcome in zip(named.items(), outcomes, strict=False):
            assert not (isinstance(outcome, Failure) and outcome.reason is Reason.EVALUATOR_ERROR), (name, outcome)
            self._check(evaluator.spec, sample, outcome)
        self._same(outcomes[-1], evaluator.score([usual])[0])

    def test_what_is_needed_and_missing_is_a_failure(self, evaluator: Evaluator) -> None:
        whole: dict[str, Any] = {
            "question": "What is it?",
            "answer": "A river.",
            "context": ["The river is long."],
            "system_prompt": "Be brief.",
            "tool_calls": [ToolCall(name="rivers", arguments='{"name": "Zeta"}', result="40 km")],
        }
        nothings: dict[str, tuple[Any, ...]] = {"context": ([], [""], [" \n"]), "tool_calls": ([],)}
        for need in evaluator.spec.needs:
            for nothing in nothings.get(need, ("", " \n")):
                outcome = evaluator.score([sample_of(**(whole | {need: nothing}))])[0]
                assert isinstance(outcome, Failure), f"{need}={nothing!r} was scored"
                assert outcome.reason is _NEEDS[need]
                assert outcome.skipped

    def test_open_and_close_twice(self) -> None:
        samples = self.samples()[:2]
        one = self.create()
        one.open()
        one.open()
        first = one.score(samples)
        one.close()
        one.close()
        one.open()
        for before, after in zip(first, one.score(samples), strict=True):
            self._same(before, after)
        one.close()

    def _check(self, spec: EvaluatorSpec, sample: Sample, outcome: Outcome) -> None:
        """`outcome` is well formed: in range, with known labels, evidence within bounds, and JSON."""
        assert isinstance(outcome, Score | Failure)
        json.dumps(asdict(outcome), allow_nan=False)
        if isinstance(outcome, Failure):
            return
        assert math.isfinite(outcome.value)
        assert spec.scale.low <= outcome.value <= spec.scale.high
        assert not spec.labels or outcome.label in spec.labels
        for mark in outcome.evidence:
            text = {"answer": sample.answer, "question": sample.question}.get(mark.field)
            if text is None:
                assert mark.field == "context"
                assert mark.passage is not None, "evidence in the context names its passage"
                text = sample.passages[mark.passage].text
            assert 0 <= mark.start < mark.end <= len(text), "evidence outside of the text"
            assert 0.0 <= mark.confidence <= 1.0
            if mark.passage is not None:
                passage = sample.passages[mark.passage].text
                assert mark.passage_start is not None
                assert mark.passage_end is not None
                assert 0 <= mark.passage_start < mark.passage_end <= len(passage)

    def _same(self, one: Outcome, other: Outcome) -> None:
        """Equal up to the tolerance on the value; failures alike in their reason."""
        assert type(one) is type(other)
        if isinstance(one, Score) and isinstance(other, Score):
            assert one.value == pytest.approx(other.value, abs=self.tolerance)
        elif isinstance(one, Failure) and isinstance(other, Failure):
            assert one.reason is other.reason
