"""How calls of tools are read from native JSON, files and rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluator.core.bounds import NAME, TOOL_CALLS, TOOL_TEXT
from evaluator.core.errors import InvalidInput
from evaluator.ingest.shapes import text_of
from evaluator.ingest.shapes.calls import asked_of

_RESULTS = ("result", "output", "response")
_FAILED = "the tool failed"
REMEDY = (
    f'Send a list of at most {TOOL_CALLS.most} objects {{"name": …, "arguments": …, "result": …, "error": …}}, each '
    f"text of at most {TOOL_TEXT.most} characters"
)


def read_tool_calls(value: Any) -> list[dict[str, Any]]:
    """Calls of tools from a list of objects with `name`, `arguments`, `result` (text, or JSON) and `error`, of calls
    as models write them, or of names; the keys of what is given back are those of `evaluator.core.trace.ToolCall`.

    Raises:
        ValueError: another type, more than `TOOL_CALLS`, a call without a name, or a text that is too long.
    """
    if value is None:
        return []
    items = [value] if isinstance(value, dict) else value
    if not isinstance(items, list):
        raise ValueError("is neither an object nor a list")
    if len(items) > TOOL_CALLS.most:
        raise ValueError(f"holds {len(items)} calls, at most {TOOL_CALLS.most}")
    return [_call(item, index) for index, item in enumerate(items)]


def named_tool_calls(value: Any, field: str = "tool_calls") -> list[dict[str, Any]]:
    """`read_tool_calls`, for where no pydantic model names the field.

    Raises:
        InvalidInput: what `read_tool_calls` refuses, with the field and the remedy.
    """
    try:
        return read_tool_calls(value)
    except ValueError as error:
        raise InvalidInput(field, str(error), REMEDY) from None


def _call(item: Any, index: int) -> dict[str, Any]:
    if isinstance(item, str):
        item = {"name": item}
    if not isinstance(item, dict):
        raise ValueError(f"has neither an object nor a name at index {index}")
    asked = asked_of(item)
    result, error = _result(item), _error(item)
    if not asked.name.strip():
        raise ValueError(f"has no name at index {index}")
    if len(asked.name) > NAME.most:
        raise ValueError(f"has a name of more than {NAME.most} characters at index {index}")
    said = {"arguments": asked.arguments, "result": result, "error": error}
    for key, text in said.items():
        if text is not None and len(text) > TOOL_TEXT.most:
            raise ValueError(f"has a text of {len(text)} characters at index {index} under {key}")
    return {"name": asked.name} | {key: text for key, text in said.items() if text}


def _result(item: Mapping[str, Any]) -> str | None:
    return next((text_of(item[key]) for key in _RESULTS if item.get(key) is not None), None)


def _error(item: Mapping[str, Any]) -> str | None:
    """What went wrong: a text, or that something did."""
    error = item.get("error")
    if error is None or error is False:
        return None
    return _FAILED if error is True else text_of(error)
