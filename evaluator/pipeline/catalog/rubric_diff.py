"""What differs between two versions of a rubric, in lines that a person reads."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from evaluator.core.documents import as_yaml
from evaluator.core.rubric import Rubric
from evaluator.core.rubric_scale import Choice
from evaluator.pipeline.catalog.differences import changed, reordered

_TEXTS = ("title", "version_note", "description")
_TOLD = ("cannot_tell", "does_not_apply", "instructions")


def diff_rubrics(a: Rubric, b: Rubric) -> list[str]:
    """What is another in `b` than in `a`: a line that names the change, then ``- `` lines of `a` and ``+ `` lines of
    `b`. Empty where they say the same. Examples are compared by their place."""
    found = _fields(_TEXTS, a, b)
    found += changed("criterion", a.criterion.name, b.criterion.name)
    found += changed("bad_when", *(_words(each.criterion.bad_when) for each in (a, b)))
    found += changed("inputs", *(_words(each.inputs) for each in (a, b)))
    found += changed("optional", *(_words(each.optional) for each in (a, b)))
    found += changed("type of the scale", a.scale.type, b.scale.type)
    found += changed("direction of the scale", str(a.scale.direction), str(b.scale.direction))
    before, after = ({choice.label: choice for choice in each.scale.choices} for each in (a, b))
    for label in [*after, *(gone for gone in before if gone not in after)]:
        found += _choice(label, before.get(label), after.get(label))
    found += reordered("choices", list(before), list(after))
    found += _fields(_TOLD, a, b)
    for i, pair in enumerate(zip_longest(a.examples, b.examples), start=1):
        found += changed(f"example {i}", *map(_yaml, pair))
    found += changed("long", *(_yaml(each.long) for each in (a, b)))
    return found + _fields(("provider", "model"), a, b)


def _fields(names: tuple[str, ...], a: Rubric, b: Rubric) -> list[str]:
    return [line for name in names for line in changed(name, getattr(a, name), getattr(b, name))]


def _choice(label: str, a: Choice | None, b: Choice | None) -> list[str]:
    if a is None or b is None:
        kept, word, sign = (b, "added", "+") if a is None else (a, "removed", "-")
        assert kept is not None
        return [f"choice {label} {word}", f"{sign} value {kept.value:g}", f"{sign} {kept.description}"]
    pairs = ((name, getattr(a, name), getattr(b, name)) for name in ("value", "description"))
    return [line for name, old, new in pairs for line in changed(f"{name} of choice {label}", old, new)]


def _words(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _yaml(part: Any) -> str | None:
    return None if part is None else as_yaml(part.model_dump(mode="json", exclude_defaults=True))
