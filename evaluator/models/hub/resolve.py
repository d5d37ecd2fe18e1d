"""From a model's name, its configuration and what the caller says to the use that it is put to. No torch."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluator.core.errors import InvalidInput
from evaluator.models.hub.known import known_model
from evaluator.models.hub.labels import check_declared, guess_use, own_labels, pick
from evaluator.models.hub.use import ModelUse, Task

_FIELD = re.compile(r"{(\w*)}")
_PREMISE, _HYPOTHESIS = "premise", "hypothesis"
_SPECIAL = ("pad", "eos")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the caller says of a model; None leaves it to what is known or can be read from its configuration.

    `like` names the known model whose use this one follows. The rest are fields of `ModelUse`.
    """

    like: str | None = None
    bad_labels: tuple[str, ...] | None = None
    premise_first: bool | None = None
    template: str | None = None
    max_length: int | None = None
    threshold: float | None = None
    foundation: str | None = None


def resolve_use(name: str, config: Mapping[str, Any], tasks: Sequence[Task], given: Overrides) -> ModelUse:
    """How the model `name` is read for one of `tasks`.

    Raises:
        InvalidInput: it is for another task, its labels contradict what is known of it or say too little, or an
            override does not fit.
    """
    known = known_model(given.like or name)
    if given.like and known is None:
        raise InvalidInput("parameters.like", f"{given.like!r} is not among the known models")
    if known is None:
        use = guess_use(config, tasks, given.bad_labels)
    else:
        use = known.use
        if use.task not in tasks:
            wanted = " or ".join(task.value for task in tasks)
            raise InvalidInput("parameters.model", f"{known.name} is a model for {use.task.value}, not for {wanted}")
        if given.bad_labels is None:
            check_declared(use, config, known.name)
        else:
            labels = own_labels(use, config)
            use = replace(
                use, labels=labels, bad=pick(use.task, labels, given.bad_labels, multi_label=use.multi_label)
            )
    return _overridden(use, given)


def _overridden(use: ModelUse, given: Overrides) -> ModelUse:
    changes = {
        field: value
        for field in ("premise_first", "template", "max_length", "threshold", "foundation")
        if (value := getattr(given, field)) is not None
    }
    if changes and use.task is not Task.PAIR:
        for field in ("premise_first", "template"):
            if field in changes:
                raise InvalidInput(f"parameters.{field}", f"has no meaning for a model for {use.task.value}")
    if "foundation" in changes and use.foundation is None:
        raise InvalidInput("parameters.foundation", "this model brings its own configuration and tokenizer")
    if given.template is not None:
        check_template(given.template)
    return replace(use, **changes)


def check_template(template: str) -> None:
    """Refuse a template that does not hold both texts once, or another field. Raises InvalidInput."""
    fields = _FIELD.findall(template)
    allowed = {_PREMISE, _HYPOTHESIS, *_SPECIAL}
    if sorted(f for f in fields if f not in _SPECIAL) != [_HYPOTHESIS, _PREMISE] or not set(fields) <= allowed:
        raise InvalidInput(
            "parameters.template",
            f"must hold {{premise}} and {{hypothesis}} once each, and of other fields only {{pad}} and {{eos}}; "
            f"got {template[:200]!r}",
        )


def template_parts(template: str) -> list[str | tuple[str, ...]]:
    """A template cut at its special tokens: names of special tokens, and texts as tuples (see `filled`).

    ``"{pad} A {premise}{eos}{hypothesis}"`` becomes ``["pad", (" A ", "{premise}"), "eos", ("{hypothesis}",)]``.
    """
    parts: list[str | tuple[str, ...]] = []
    text: list[str] = []
    for piece in re.split(r"({\w*})", template):
        if piece.strip("{}") in _SPECIAL and piece.startswith("{"):
            if text:
                parts.append(tuple(text))
            parts.append(piece.strip("{}"))
            text = []
        elif piece:
            text.append(piece)
    return [*parts, tuple(text)] if text else parts


def filled(text: tuple[str, ...], premise: str, hypothesis: str) -> str:
    """A text part of a template with both texts in their places (braces within them stay what they are)."""
    fields = {"{premise}": premise, "{hypothesis}": hypothesis}
    return "".join(fields.get(piece, piece) for piece in text)
