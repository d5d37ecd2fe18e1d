"""What people said of the answers of a trace, beside what evaluators make of them, criterion by criterion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.core.errors import NotFound
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.review.label import Answered, Review
from evaluator.pipeline.catalog.criteria import criterion_of
from evaluator.store.store import Unit
from evaluator.web.format import tone_of

Row = Mapping[str, Any]

KINDS = {
    Review.FIRST.value: "first verdict",
    Review.SECOND.value: "second opinion",
    Review.ADJUDICATION.value: "adjudication",
}
OUTSIDE = {"trace": "of this page", "import": "imported"}
"""Labels outside waves, by their source."""
QUOTED = 60
_SAMPLE = ("target_id", "content_hash", "criterion", "annotator")


@dataclass(frozen=True, slots=True)
class LabelView:
    """What somebody says of an answer now."""

    row: Row
    says: str
    tone: str
    kind: str
    quotes: list[str]
    """What they marked."""


def standing(labels: Sequence[Row]) -> list[Row]:
    """Of labels with all their revisions, in the order of time: the last of each annotator, unless it is taken
    back."""
    last = {tuple(row[name] for name in _SAMPLE): row for row in labels}
    return [row for row in last.values() if row["answered"] != Answered.WITHDRAWN]


def label_views(
    rows: Sequence[Row], answer: str, definitions: Mapping[tuple[str, str], CriterionDefinition]
) -> dict[str, list[LabelView]]:
    """What is said of an answer, by criterion."""
    found: dict[str, list[LabelView]] = {}
    for row in rows:
        definition = definitions.get((row["criterion"], row["criterion_version"]))
        found.setdefault(row["criterion"], []).append(_view(row, answer, definition))
    return found


def definitions_of(
    unit: Unit, project: str, labels: Sequence[Row]
) -> dict[tuple[str, str], CriterionDefinition]:  # fmt: skip
    """The criteria that were answered, by name and version; without those that nobody knows."""
    found = {}
    for name, version in {(row["criterion"], row["criterion_version"]) for row in labels}:
        try:
            found[name, version] = criterion_of(unit, project, name, version or None)
        except NotFound:
            continue
    return found


def _view(row: Row, answer: str, definition: CriterionDefinition | None) -> LabelView:
    level = definition.level(row["level"]) if definition and row["level"] else None
    tone = tone_of(row["bad"])
    says: str = level.title if level else row["level"] or row["answered"]
    if row["answered"] == Answered.LEVEL and says == Answered.LEVEL:  # a verdict that names none
        says = tone or "cannot tell"
    kind = KINDS[row["review"]] if row["review"] else OUTSIDE.get(row["source"], str(row["source"]))
    quotes = [answer[span["start"] : span["end"]][:QUOTED] for span in row["spans"]]
    return LabelView(row, says.replace("_", " "), tone, kind, quotes)
