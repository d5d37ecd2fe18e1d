"""What changed between two versions of a rubric, as its page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.pipeline.catalog.rubric_diff import diff_rubrics
from evaluator.pipeline.catalog.rubrics import KnownRubric

GONE, NEW = "- ", "+ "
"""How lines begin that only the earlier or only the later version has."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what is another, and its lines: whether each is new or gone, and its text."""

    what: str
    lines: list[tuple[bool, str]]


@dataclass(frozen=True, slots=True)
class DiffView:
    before: KnownRubric
    after: KnownRubric
    changes: list[Change]


def diff_view(before: KnownRubric, after: KnownRubric) -> DiffView:
    """Every change from `before` to `after`."""
    return DiffView(before, after, changes_of(diff_rubrics(before.definition, after.definition)))


def changes_of(lines: Sequence[str]) -> list[Change]:
    """The lines of `diff_rubrics`, put together by what each of them is about."""
    found: list[Change] = []
    for line in lines:
        if found and line.startswith((GONE, NEW)):
            found[-1].lines.append((line.startswith(NEW), line[len(NEW) :]))
        else:
            found.append(Change(line, []))
    return found
