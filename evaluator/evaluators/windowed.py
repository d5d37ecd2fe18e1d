"""Evaluators that ask the single-text classifier for the worst window of a field: toxicity, prompt injection."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import EvaluatorSpec, ModelRef
from evaluator.core.outcome import Evidence, Outcome, Score
from evaluator.core.trace import Sample
from evaluator.evaluators.common import marked, opened, score_each, with_threshold
from evaluator.models.files.manifest import find_manifest, read_manifest
from evaluator.models.files.weights import EMBEDDER_REF
from evaluator.models.runtime import Runtime
from evaluator.text.groups import in_groups
from evaluator.text.limits import MARKS
from evaluator.text.lookalikes.folded import folded
from evaluator.text.lookalikes.plain import PlainText, plain_text
from evaluator.text.sentences import Span, split_sentences

if TYPE_CHECKING:
    from evaluator.models.readers.text_classifier import Part


_CHARS_AT_ONCE = 200_000
"""Characters of sentences that are read again at a time, to see which of a window's are bad."""


class WindowReader(Protocol):
    """What scores the windows of texts: the bundled classifier, or one from the Hugging Face Hub."""

    def predict(self, texts: Sequence[str]) -> list[list[Part]]:
        """The windows of each text, in order."""
        ...


class Place(NamedTuple):
    """One text of a sample: the passage's index if it is one, else None for the evaluator's field."""

    passage: int | None
    read: PlainText
    """What the classifier reads of it, and to what of it that belongs."""


def shipped_threshold(model: str, label: str) -> float:
    """The threshold of a label in the manifest of the shipped weights, 0.5 where they are not installed."""
    manifest = find_manifest(model)
    return manifest.threshold_of(label) if manifest else 0.5


class WorstWindow:
    """P(bad) of one field of the sample: the highest over its windows. `spec.labels` are the good, the bad."""

    spec: EvaluatorSpec
    model: ClassVar[str]
    """The bundled model that reads it where no other is named."""
    unsaid: ClassVar[Mapping[str, Any]] = {}
    """Parameters that versions pinned before they existed do not name (`registry.restore`)."""
    label: ClassVar[str] = ""
    """Which of the model's labels is asked for."""
    field: ClassVar[str]
    """What is read: "question", "answer", or "context" for all retrieved passages."""
    in_plain_words: ClassVar[bool] = False
    """Whether words that only look bad (`evaluator.text.lookalikes`) are put in plain ones first."""
    _lead: str = ""

    def __init__(
        self, *, model: str | None = None, precision: str | None = None, runtime: Runtime | None = None
    ) -> None:
        """`model`: another one by name that has the label. `precision`: what the network computes in, "fp32" or
        "bf16" (default: as the model declares).

        Raises InvalidInput and ModelUnavailable.
        """
        handed = runtime or Runtime()
        self._name = self.model if model is None else model
        self._manifest = read_manifest(self._name, handed.weights_path)
        if self.label not in self._manifest.labels:
            problem = f"{self._name!r} says {', '.join(self._manifest.labels)}, and not {self.label}"
            raise InvalidInput("parameters.model", problem, f"Leave it out for {self.model}")
        self._lead = self._manifest.leads.get(self.field, "")
        self._runtime = handed.at(precision, self._manifest.compute)
        self.spec = with_threshold(type(self).spec, self._threshold)
        self._classifier: WindowReader | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        # The threshold stands in the manifest, which the weights' hash leaves out.
        return {
            "field": self.field,
            "precision": self._runtime.precision,
            "manifest": self._manifest.digest,
            **({} if self._name == self.unsaid.get("model") else {"model": self._name}),
        }

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return (EMBEDDER_REF, self._manifest.ref)

    @property
    def _threshold(self) -> float:
        """The probability in [0, 1] from which on a window is bad."""
        return self._manifest.threshold_of(self.label)

    def open(self) -> None:
        from evaluator.models.readers.text_classifier import TextClassifier

        if self._classifier is None:
            self._classifier = TextClassifier(self._runtime, self._name, self.label, self._lead)

    def close(self) -> None:
        self._classifier = None

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        """One outcome for each sample, in order; raises only if the evaluator is not open."""
        opened(self._classifier)
        return score_each(samples, self.spec.needs, self._run)

    def _places(self, sample: Sample) -> list[Place]:
        if self.field == "context":
            return [Place(index, self._read(passage.text)) for index, passage in enumerate(sample.passages)]
        return [Place(None, self._read(sample.answer if self.field == "answer" else sample.question))]

    def _read(self, text: str) -> PlainText:
        if self._lead:  # models that know where a text comes from were trained on what people see of it
            return folded(text)
        return plain_text(text) if self.in_plain_words else PlainText(text, (), ())

    def _run(self, samples: list[Sample]) -> list[Outcome]:
        places = [self._places(sample) for sample in samples]
        flat = [place for own in places for place in own]
        found = opened(self._classifier).predict([place.read.text for place in flat])
        marks = self._narrow(flat, found, self._surest(places, found))
        outcomes: list[Outcome] = []
        start = 0
        for own in places:
            end = start + len(own)
            outcomes.append(self._outcome(own, found[start:end], marks[start:end]))
            start = end
        return outcomes

    def _surest(self, places: Sequence[Sequence[Place]], found: Sequence[Sequence[Part]]) -> set[tuple[int, Part]]:
        """The bad windows of each sample, by the place of their text: as many as a score may have marks."""
        chosen: set[tuple[int, Part]] = set()
        start = 0
        for own in places:
            end = start + len(own)
            bad = [(i, part) for i in range(start, end) for part in found[i] if part.probability >= self._threshold]
            chosen.update(sorted(bad, key=lambda one: -one[1].probability)[: MARKS.size])
            start = end
        return chosen

    def _outcome(
        self, places: Sequence[Place], found: Sequence[Sequence[Part]], marks: Sequence[tuple[Evidence, ...]]
    ) -> Score:
        """The worst window of a sample's texts; of several passages, `details` name the worst one."""
        risks = [max((part.probability for part in parts), default=0.0) for parts in found]
        value = max(risks, default=0.0)
        details: dict[str, Any] = {"windows": sum(len(parts) for parts in found)}
        if self.field == "context":
            details["passages"] = risks
            details["worst_passage"] = places[risks.index(value)].passage
        good, bad = self.spec.labels
        evidence, capped = marked([mark for group in marks for mark in group], {})
        return Score(
            value=value,
            label=bad if value >= self._threshold else good,
            evidence=evidence,
            details=details | capped,
        )

    def _narrow(
        self, places: Sequence[Place], found: Sequence[Sequence[Part]], narrowed: Collection[tuple[int, Part]]
    ) -> list[tuple[Evidence, ...]]:
        """The bad sentences of each bad window; the window itself where none is bad alone, or it is not in `narrowed`
        (index of its place, and part)."""
        limit = self._threshold
        windows = [
            (owner, part, _sentences(places[owner].read.text, part) if (owner, part) in narrowed else [])
            for owner, parts in enumerate(found)
            for part in parts
            if part.probability >= limit
        ]
        pieces = [places[owner].read.text[span.start : span.end] for owner, _, spans in windows for span in spans]
        read = opened(self._classifier).predict
        values = iter(
            max((p.probability for p in parts), default=0.0)
            for group in in_groups(pieces, len, _CHARS_AT_ONCE)
            for parts in read(group)
        )
        marks: list[dict[Span, float]] = [{} for _ in places]
        for owner, part, spans in windows:
            risks = {span: next(values) for span in spans}
            over = {span: risk for span, risk in risks.items() if risk >= limit}
            marks[owner].update(over or {Span(part.start, part.end): part.probability})
        return [
            tuple(self._evidence(place, span, risk) for span, risk in sorted(own.items()))
            for place, own in zip(places, marks, strict=True)
        ]

    def _evidence(self, place: Place, read: Span, risk: float) -> Evidence:
        span = place.read.as_given(*read)
        inside = None if place.passage is None else span
        return Evidence(
            start=span.start,
            end=span.end,
            label=self.spec.labels[1],
            confidence=risk,
            field=self.field,
            passage=place.passage,
            passage_start=inside and inside.start,
            passage_end=inside and inside.end,
        )


def _sentences(text: str, part: Part) -> list[Span]:
    found = split_sentences(text[part.start : part.end])
    return [Span(part.start + span.start, part.start + span.end) for span in found]
