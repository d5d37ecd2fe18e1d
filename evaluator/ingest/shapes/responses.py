"""What a provider's request and response say of themselves, where a span holds them whole: models and tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from evaluator.core import bounds
from evaluator.core.trace import Passage
from evaluator.ingest.numbers import number_in
from evaluator.ingest.shapes.documents import passages_in
from evaluator.ingest.shapes.parts import HOSTED_CALLS, is_result, kind_of
from evaluator.ingest.shapes.structure import NESTING, keyed, structure

_MODELS = ("model", "modelname", "modelversion", "modelid")
_USAGES = ("usage", "tokenusage", "usagemetadata")
_IN = ("inputtokens", "prompttokens", "prompttokencount", "input", "inputtokencount")
_OUT = ("outputtokens", "completiontokens", "candidatestokencount", "output", "outputtokencount")
# What says that an object is a provider's response, or lies in one and has its facts.
_RESPONSES = {"choices", "candidates", "usage", "usagemetadata", "tokenusage", "finishreason", "stopreason"}
_AROUND = (
    *("responsemetadata", "llmoutput", "message", "kwargs", "generations", "output", "outputs", "response", "raw"),
    *("replies", "meta"),
)


class Served(NamedTuple):
    """Who answered, and how many tokens went in and out; None for what is not said."""

    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


def served_in(value: Any) -> Served:
    """What the response in an output says of itself, wherever in it it lies; nothing for what holds none."""
    return _in(structure(value), 0)


def model_asked(value: Any) -> str | None:
    """The model that a request, or the settings of one, asks for."""
    parsed = structure(value)
    return _model(keyed(parsed)) if isinstance(parsed, dict) else None


def _model(said: dict[str, Any]) -> str | None:
    return next((name for key in _MODELS if isinstance(name := said.get(key), str) and name), None)


def _in(value: Any, depth: int) -> Served:
    while isinstance(value, list) and value:
        value = value[-1]
    if not isinstance(value, dict) or depth > NESTING:
        return Served()
    said = keyed(value)
    found = Served()
    if said.keys() & _RESPONSES:
        usage = next((inner for key in _USAGES if isinstance(inner := said.get(key), dict)), {})
        found = Served(_model(said), *usage_in(usage))
    for name in _AROUND:
        if None not in found:
            break
        inner = structure(said.get(name))
        if inner is not None:
            below = _in(inner, depth + 1)
            found = Served(
                found.model or below.model,
                below.input_tokens if found.input_tokens is None else found.input_tokens,
                below.output_tokens if found.output_tokens is None else found.output_tokens,
            )
    return found


def usage_in(usage: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """How many tokens went in and out, by an object that counts them."""
    said = keyed(usage)
    went_in, came_out = (number_in(said, keys, bounds.TOKENS) for keys in (_IN, _OUT))
    return None if went_in is None else int(went_in), None if came_out is None else int(came_out)


def found_by_model(value: Any) -> tuple[Passage, ...]:
    """What the tools of the provider found in the course of a response that an output holds whole: its file search,
    its web search, its grounding. None of it came from the application."""
    parsed = structure(value)
    said = keyed(parsed) if isinstance(parsed, dict) else {}
    items: list[Any] = next((said[name] for name in ("output", "content") if isinstance(said.get(name), list)), [])
    found: list[Passage] = []
    for item in items:
        part = keyed(item) if isinstance(item, dict) else {}
        kind = kind_of(part)
        if kind in HOSTED_CALLS or is_result(kind):
            found += passages_in(
                next((part[name] for name in ("results", "content", "output") if name in part), None)
            )
    candidates = said.get("candidates")
    for candidate in candidates if isinstance(candidates, list) else ():
        inner = keyed(candidate) if isinstance(candidate, dict) else {}
        grounding = inner.get("groundingmetadata")
        chunks = keyed(grounding).get("groundingchunks") if isinstance(grounding, dict) else None
        found += passages_in(chunks) if isinstance(chunks, list) else ()
    return tuple(found)
