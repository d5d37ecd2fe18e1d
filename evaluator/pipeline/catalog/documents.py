"""What may be registered, over HTTP or by the command line: values that both databases can store as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from evaluator.core.bounds import DEPTH
from evaluator.core.errors import InvalidInput, WrongField
from evaluator.core.unknown import EXTRA, first_error, remedy_of, unknown_field
from evaluator.ingest.clean import clean_number, clean_text, clip

Document = TypeVar("Document", bound=BaseModel)


def parse_document(model: type[Document], definition: Any, field: str, example: str) -> Document:
    """What a user wrote, as a `model`; `field` (``rule``) is what errors call it, `example` where one is shown.

    Raises:
        InvalidInput: names the first field that is wrong.
    """
    if not isinstance(definition, Mapping):
        raise InvalidInput(field, "must be an object", f"See {example} for an example")
    check_document(dict(definition), field)
    try:
        return model.model_validate(definition)
    except ValidationError as error:
        raise _invalid(model, error, field) from None


def _invalid(model: type[BaseModel], error: ValidationError, field: str) -> InvalidInput:
    """The first complaint of pydantic, as one of ours."""
    first = first_error(error.errors(include_url=False))
    path = ".".join([field, *(clip(str(part)) for part in first["loc"])])
    if first["type"] == EXTRA:
        return InvalidInput(path, "is no field", unknown_field(model, first["loc"]))
    if isinstance(wrong := first.get("ctx", {}).get("error"), WrongField):
        return InvalidInput(f"{path}.{wrong.field}", wrong.problem, wrong.remedy)
    problem = "must be an object" if first["type"] == "model_type" else first["msg"].removeprefix("Value error, ")
    return InvalidInput(path, problem, remedy_of(first) or "")


def is_printable(text: str, *, lines: bool = False) -> bool:
    """Whether `text` is shown as what it is, without control characters and changes of direction; `lines` says that
    it may have several lines and tabs."""
    return (re.sub(r"[\n\t]", "", text) if lines else text).isprintable()


def check_document(value: Any, field: str) -> None:
    """Refuse what JSON or a database does not have.

    What is registered is named by the hash of its content, so nothing in it is replaced, as it is in traces.

    Raises:
        InvalidInput: nested too deep, or text, a number or another value that can not be stored.
    """
    if (found := _problem(value, 0)) is not None:
        place, problem, remedy = found
        raise InvalidInput(clip(field + "".join(reversed(place))), problem, remedy)


def _problem(value: Any, depth: int) -> tuple[list[str], str, str] | None:
    """Where in a value (from the inside out) something can not be stored, what, and the remedy.

    Places are named once something is found: made on the way, they would take the length of keys times the entries.
    """
    if depth > DEPTH.most:
        return [], f"is nested deeper than {DEPTH.most} levels", "Flatten it"
    if isinstance(value, dict):
        for key, one in value.items():
            name = key if isinstance(key, str) else ascii(key)
            if not isinstance(key, str):
                return [f".{clip(name)}"], "is a key, but no text", "Put it in quotes"
            if (found := _problem(key, depth + 1) or _problem(one, depth + 1)) is not None:
                found[0].append(f".{clean_text(clip(name))}")
                return found
        return None
    if isinstance(value, list | tuple):
        for i, one in enumerate(value):
            if (found := _problem(one, depth + 1)) is not None:
                found[0].append(f"[{i}]")
                return found
        return None
    return _leaf(value)


def _leaf(value: Any) -> tuple[list[str], str, str] | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        stored = clean_text(value) == value
        return None if stored else ([], "holds NUL or half of a surrogate pair", "Leave such characters out")
    if isinstance(value, int | float):
        stored = clean_number(value) == value
        return None if stored else ([], "is no number that can be stored", "Use 64 bits at most")
    return [], f"is a {type(value).__name__}, which JSON does not have", "Put it in quotes"
