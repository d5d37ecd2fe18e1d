"""What is said of a name that there is not, the nearest one that there is and all of them; and of a wrong value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

from evaluator.core.errors import InvalidInput
from evaluator.core.names import NAMED, PATTERN

EXTRA = "extra_forbidden"
"""What pydantic calls a field that a model does not have."""
SHOWN = 40
"""Names that an error lists."""
COMPARED = 100
"""Names that a wrong one is compared with."""
LONGEST = 80
"""Characters of a name that are looked at: comparing takes as long as both are long, multiplied."""

_QUOTED = re.compile(r"'([^']*)'")
"""One of the values that a field may have, as pydantic lists them."""
_REMEDIES = {
    "datetime": "Send ISO 8601, such as 2026-11-30T10:00:00Z, or a date",
    "int_": "Send a whole number",
    "float_": "Send a number",
    "bool_": "Send true or false",
    "greater_than_equal": "Send {ge} or more",
    "less_than_equal": "Send {le} or less",
    "greater_than": "Send more than {gt}",
    "less_than": "Send less than {lt}",
    "string_too_long": "Send {max_length} characters at most",
    "string_too_short": "Send {min_length} or more characters",
    "too_long": "Send {max_length} at most",
    "too_short": "Send {min_length} or more",
    "missing": "Send it",
    "model_type": "Send an object",
    "dict_type": "Send an object",
    "list_type": "Send a list",
    "string_type": "Send a text",
}
"""By how the types of pydantic's complaints begin."""


def unknown(field: str, name: str, what: str, known: Collection[str], none: str) -> InvalidInput:
    """An error for `name`, given as `field`, where there is no such `what` (``a rule``) among `known`.

    `none` is the remedy where there are none at all.
    """
    return InvalidInput(shortened(field), f"{shortened(name)!r} is not {what}", instead(name, known, none))


def wrong_parameters(asked: Iterable[str], known: Collection[str], where: str) -> Iterator[InvalidInput]:
    """What is wrong with the names of the parameters of an address (``this page``), which knows `known`: each that is
    not among them, and each that comes twice, of which only one would count."""
    for name, times in Counter(asked).items():
        if name not in known:
            remedy = instead(name, known, f"Leave it out: {where} takes no parameters")
            yield InvalidInput(shortened(name), f"is no parameter of {where}", remedy)
        elif times > 1:
            yield InvalidInput(name, f"is given {times} times", "Give it once")


def instead(name: str, known: Collection[str], none: str) -> str:
    """The remedy for a `name` that is not among `known`, in their order if they have one; else `none`."""
    names = list(known) if isinstance(known, Sequence | Mapping) else sorted(known)
    if not names:
        return none
    listed = ", ".join(map(shortened, names[:SHOWN])) + (f" and {len(names) - SHOWN} more" if names[SHOWN:] else "")
    near = nearest(name, names)
    return (f"Did you mean {near}? " if near else "") + f"Use one of {listed}"


def nearest(name: str, known: Sequence[str]) -> str:
    """That of `known` which `name` was probably meant to be, in whatever case; empty where none is near."""
    lower = {one[:LONGEST].lower(): one for one in reversed(known[:COMPARED])}
    found = get_close_matches(name[:LONGEST].lower(), lower, n=1)
    return shortened(lower[found[0]]) if found else ""


def shortened(text: str, most: int = LONGEST) -> str:
    """The beginning of a stranger's text, such as a name that an error quotes."""
    return text if len(text) <= most else text[:most] + "…"


def first_error(errors: Sequence[Any]) -> Any:
    """The error of pydantic's that is told: rather a field that there is not than one that is missing, as it may have
    been written wrongly."""
    return next((error for error in errors if error["type"] == EXTRA), errors[0])


def remedy_of(error: Any) -> str | None:
    """What to send instead, where pydantic's complaint tells it."""
    context = error.get("ctx", {})
    if context.get("pattern") == PATTERN:
        return NAMED
    if expected := _QUOTED.findall(str(context.get("expected", ""))):
        return instead(str(error["input"]), expected, "")
    found = (remedy for kind, remedy in _REMEDIES.items() if str(error["type"]).startswith(kind))
    return next((remedy.format_map(context) for remedy in found), None)


def unknown_field(model: Any, path: Sequence[str | int]) -> str:
    """The remedy for the field at `path` (as pydantic gives it) of a value of `model`, which has no such field."""
    fields: dict[str, Any] = {}
    here = _models(model)
    for step in path:
        fields = {info.alias or name: info.annotation for one in here for name, info in one.model_fields.items()}
        if isinstance(step, str) and step in fields:
            here = _models(fields[step])
    return instead(str(path[-1]) if path else "", fields, "Leave it out")


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models that a value of this type may be, or hold in lists."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
