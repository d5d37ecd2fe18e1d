"""A tool that a message asks for, and what came back, whoever writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluator.ingest.shapes.structure import keyed, text_of

_ARGUMENTS = ("arguments", "args", "input", "parameters", "code", "queries", "query", "action")
_NAMES = ("name", "toolname", "functionname")
_IDS = ("callid", "toolcallid", "tooluseid", "id")
"""Under which names the id of a call stands. OpenAI's items have two, of which `call_id` is what is answered."""
_INSIDE = ("function", "tooluse", "functioncall", "toolcall")
_UNNAMED = {"", "function", "tool", "tool_use", "tooluse", "toolinvocation", "builtintool", "custom_tool"}
_FAILED = {"error", "failed", "failure"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A tool that is to be run: its name, its arguments as text, and the id under which it is answered; "" for what
    is not said."""

    name: str = ""
    arguments: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Replied:
    """What a tool answered, the id of the call that it answers ("" for none), and whether it failed."""

    text: str
    id: str = ""
    failed: bool = False


def asked_of(call: Any) -> Asked:
    """A call, as an object of a message; nothing for anything else."""
    if not isinstance(call, dict):
        return Asked()
    said = keyed(call)
    inner = next((said[key] for key in _INSIDE if said.get(key)), None)
    within = keyed(inner) if isinstance(inner, dict) else said
    arguments = next((text_of(within[key]) or "" for key in _ARGUMENTS if key in within), "")
    name = _first(within, _NAMES) or _first(said, _NAMES) or _of_kind(said)
    return Asked(name, arguments, _first(said, _IDS) or _first(within, _IDS))


def replied(said: Mapping[str, Any], text: str, *, failed: bool = False) -> Replied:
    """What a tool answered: `text`, and the rest of what the object around it (under its plain keys) says."""
    wrong = said.get("iserror") is True or said.get("status") in _FAILED
    output = said.get("output")
    kind = output.get("type") if isinstance(output, dict) else None
    wrong = wrong or "errortext" in said or (isinstance(kind, str) and kind.startswith("error"))
    return Replied(text, _first(said, _IDS), failed or wrong)


def _first(said: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((found for key in keys if isinstance(found := said.get(key), str) and found), "")


def _of_kind(said: Mapping[str, Any]) -> str:
    """The name of a tool that only the kind of its call tells: ``web_search_call``, ``tool-weather``."""
    kind = said.get("type")
    if not isinstance(kind, str):
        return ""
    name = kind.removeprefix("tool-").removesuffix("_call").removesuffix("-call").removesuffix("Call")
    return "" if name.replace("-", "_").lower() in _UNNAMED else name
