"""What differs between two versions of a criterion, in lines that a person reads."""

from __future__ import annotations

from evaluator.core.review.definition import CriterionDefinition, Level
from evaluator.pipeline.catalog.differences import changed, reordered

_FIELDS = ("title", "question", "guidance", "scale", "cannot_tell", "does_not_apply", "marks")


def diff_criteria(a: CriterionDefinition, b: CriterionDefinition) -> list[str]:
    """What is another in `b` than in `a`: a line that names the change, then ``- `` lines of `a` and ``+ `` lines of
    `b`. Empty where they say the same."""
    found = [line for name in _FIELDS for line in changed(name, getattr(a, name), getattr(b, name))]
    before, after = ({level.label: level for level in each.levels} for each in (a, b))
    for label in [*after, *(gone for gone in before if gone not in after)]:
        found += _level(label, before.get(label), after.get(label))
    return found + reordered("levels", list(before), list(after))


def _level(label: str, a: Level | None, b: Level | None) -> list[str]:
    if a is None or b is None:
        kept, word, sign = (b, "added", "+") if a is None else (a, "removed", "-")
        assert kept is not None
        return [f"level {label} {word}", f"{sign} {kept.title} (bad {kept.bad:g})", f"{sign} {kept.when}"]
    pairs = ((name, getattr(a, name), getattr(b, name)) for name in ("title", "bad", "when"))
    return [line for name, old, new in pairs for line in changed(f"{name} of level {label}", old, new)]
