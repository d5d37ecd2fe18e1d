"""What the stand-in says: a verdict that hangs on the request and on nothing else."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

Verdict = Callable[[str, str], dict[str, Any]]
"""(system, user) → the object that is the reply. ``_probabilities`` in it, {text: probability}, is left out of the
reply and is what the logprobs of a token with one of these texts say."""
PROBABILITIES = "_probabilities"
_DECODER = json.JSONDecoder()
_PIECES = re.compile(r"\w+|[^\w]")


def tokens_of(text: str) -> int:
    """So many tokens: one for every four bytes begun."""
    return (len(text.encode()) + 3) // 4


def pieces_of(text: str) -> list[str]:
    """The tokens of a reply: words, and every other character by itself."""
    return _PIECES.findall(text)


def default_verdict(system: str, user: str, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """An object of that schema, or of one that a text holds, else ``{"verdict": "yes" or "no", "score": …}``."""
    schema = schema or schema_in(system) or schema_in(user)
    number = int.from_bytes(hashlib.blake2b(f"{system}\0{user}".encode(), digest_size=8).digest(), "big")
    if schema and isinstance(schema.get("properties"), Mapping):
        return {name: _value(one, number) for name, one in schema["properties"].items()}
    return {"verdict": "yes" if number % 2 else "no", "score": round(number % 1001 / 1000, 3)}


def schema_in(text: str) -> Mapping[str, Any] | None:
    """The first JSON schema of an object that a text holds: clients write it there for servers that take none."""
    at = text.find("{") if '"properties"' in text else -1
    while at >= 0:
        try:
            found, _ = _DECODER.raw_decode(text, at)
        except ValueError:
            found = None
        if isinstance(found, dict) and isinstance(found.get("properties"), dict):
            return found
        at = text.find("{", at + 1)
    return None


def _value(schema: Any, number: int) -> Any:
    if options := schema.get("enum"):
        return options[number % len(options)]
    low, high = schema.get("minimum", 0), schema.get("maximum", 1)
    match schema.get("type"):
        case "boolean":
            return bool(number % 2)
        case "integer":
            return int(low) + number % (int(high) - int(low) + 1)
        case "number":
            return round(low + (high - low) * (number % 1001) / 1000, 3)
        case "array":
            return []
        case "object":
            return default_verdict("", str(number), schema)
        case _:
            return f"stand-in {number % 1000}"


def distorted(verdict: dict[str, Any], fault: str | None) -> str:
    """The verdict as text, as the fault has it."""
    said = {name: value for name, value in verdict.items() if name != PROBABILITIES}
    if fault == "quoted":
        said = {name: f"{value}" if _is_number(value) else value for name, value in said.items()}
    if fault == "out_of_range":
        said = {name: 1e6 if _is_number(value) else "neither of these" for name, value in said.items()}
    text = orjson.dumps(said).decode()
    return f"Here is my verdict:\n\n```json\n{text}\n```\n" if fault == "fenced" else text


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def logprobs_of(text: str, probabilities: Mapping[str, float], top: int) -> list[dict[str, Any]]:
    """The tokens of a reply as OpenAI's protocols tell their log-probabilities."""
    plain = {"token": "~", "logprob": -6.0, "bytes": [126]}
    found = []
    for piece in pieces_of(text):
        if piece in probabilities:
            ranked = sorted(probabilities.items(), key=lambda pair: -pair[1])[: max(top, 1)]
            others = [
                {"token": one, "logprob": math.log(max(p, 1e-12)), "bytes": [*one.encode()]} for one, p in ranked
            ]
            logprob = math.log(max(probabilities[piece], 1e-12))
        else:
            logprob = -0.002
            others = [{"token": piece, "logprob": logprob, "bytes": [*piece.encode()]}, plain][: max(top, 1)]
        entry = {
            "token": piece,
            "logprob": logprob,
            "bytes": [*piece.encode()],
            "top_logprobs": others if top else [],
        }
        found.append(entry)
    return found
