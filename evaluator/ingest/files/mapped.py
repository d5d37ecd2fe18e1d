"""JSON lines of any shape: which path of a record holds which field of a trace, as its owner says or as it looks."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jsonpath
from jsonpath import JSONPath
from jsonpath.exceptions import JSONPathError

from evaluator.core.errors import InvalidInput, ItemError
from evaluator.core.unknown import unknown
from evaluator.ingest.native import traces as native
from evaluator.ingest.native.model import NativeTrace
from evaluator.ingest.native.traces import Parsed
from evaluator.ingest.shapes.documents import NAMED
from evaluator.ingest.shapes.messages import are_messages
from evaluator.ingest.shapes.sides import ANSWERS, QUESTIONS
from evaluator.ingest.shapes.structure import is_sentence, keyed, plain, structure

FIELDS = (
    *(
        "question",
        "answer",
        "context",
        "system_prompt",
        "tool_calls",
        "id",
        "name",
        "model",
        "prompt_version",
        "environment",
    ),
    *("service", "session_id", "user_id", "start_time", "end_time", "latency_ms", "input_tokens", "output_tokens"),
    *("cost", "status", "error", "feedback", "tags", "sampling_probability"),
)
"""What a path may be given for, beside `metadata.NAME`."""
_METADATA = "metadata."
_MANY = ("context", "tags", "tool_calls")
_DEPTH = 6
_LOOKED_AT = 100
"""Values of one record that a guess looks at."""
_CALLS = ("toolcalls", "toolscalled", "toolinvocations", "tools")
_OF_CALLS = {"arguments", "args", "input", "result", "output"}
"""Keys of a call of a tool, which the definition of one does not have."""
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "id": ("traceid", "requestid", "conversationid", "uuid", "id"),
    "session_id": ("sessionid", "threadid", "chatid"),
    "user_id": ("userid", "customerid", "enduserid"),
    "model": ("model", "modelname", "modelid"),
    "start_time": ("starttime", "timestamp", "createdat", "time", "date"),
    "system_prompt": ("systemprompt", "systemmessage", "system", "instructions"),
    "prompt_version": ("promptversion",),
    "feedback": ("feedback", "thumbs"),
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """Paths (JSONPath, RFC 9535) by the fields that they hold."""

    paths: Mapping[str, str]
    _compiled: Mapping[str, Any]

    @staticmethod
    def read(given: Iterable[str]) -> Mapped:
        """From texts like ``question=$.input.q``.

        Raises:
            InvalidInput: no path, a field that there is not, or one twice.
        """
        paths: dict[str, str] = {}
        compiled: dict[str, Any] = {}
        for text in given:
            field, equals, path = text.partition("=")
            field = field.strip()
            if not equals or not path.strip():
                raise InvalidInput("--map", f"{text!r} is not FIELD=PATH", "For example question=$.input.q")
            is_metadata = field.startswith(_METADATA) and len(field) > len(_METADATA)
            if field not in FIELDS and not is_metadata:
                raise unknown("--map", field, "a field", (*FIELDS, "metadata.NAME"), "")
            if field in paths:
                raise InvalidInput("--map", f"names {field} twice", "Give one path of each")
            try:
                compiled[field] = jsonpath.compile(path.strip())
            except JSONPathError as error:
                said = str(error).splitlines()[0]
                raise InvalidInput("--map", f"{path!r} is no path ({said})", "Write one like $.input.q") from None
            paths[field] = path.strip()
        return Mapped(paths, compiled)

    def options(self) -> str:
        """The mapping as options of a command."""
        return " ".join(f"--map {shlex.quote(f'{field}={path}')}" for field, path in self.paths.items())

    def apply(self, record: Any) -> dict[str, Any]:
        """The native trace that a record holds.

        Raises:
            InvalidInput: it is no object or list, or too deep for a path.
        """
        if not isinstance(record, dict | list):
            raise InvalidInput("record", "is no object", "Write one JSON object a line")
        item: dict[str, Any] = {}
        metadata: dict[str, Any] = {}
        for field, path in self._compiled.items():
            found = self._found(field, path, record)
            if not found:
                continue
            value = _flat(found) if field in _MANY else found[0]
            if field.startswith(_METADATA):
                metadata[field.removeprefix(_METADATA)] = value
            else:
                item[field] = value
        return item | ({"metadata": metadata} if metadata else {})

    def _found(self, field: str, path: JSONPath, record: Any) -> list[Any]:
        try:
            return [value for value in path.findall(record) if value is not None]
        except (JSONPathError, RecursionError) as error:
            raise InvalidInput(field, f"cannot be looked for ({error})"[:300], "Write a simpler path") from None

    def parse(
        self, items: Sequence[Any], *, project: str, received: datetime, user_keys: Iterable[str] = ()
    ) -> Parsed:
        """Parts of the records, and for each that is not in order the reason why."""
        made: list[tuple[int, dict[str, Any]]] = []
        errors: list[ItemError] = []
        for index, record in enumerate(items):
            try:
                made.append((index, self.apply(record)))
            except InvalidInput as error:
                errors.append(ItemError.of(index, error))
        objects = [item for _, item in made]
        parts, refused = native.parse(objects, project=project, received=received, user_keys=user_keys)
        errors += [ItemError(made[e.index][0], e.field, e.problem, e.remedy) for e in refused]
        return Parsed(parts, sorted(errors, key=lambda error: error.index))


def _flat(found: Sequence[Any]) -> list[Any]:
    return [item for value in found for item in (value if isinstance(value, list) else [value])]


def is_native(records: Sequence[Any]) -> bool:
    """Whether most of the records name a question or an answer as our own format does."""
    names = {name for field in ("question", "answer", "answers", "spans") for name in _aliases(field)}
    known = sum(isinstance(record, dict) and not names.isdisjoint(record) for record in records)
    return 2 * known > len(records)


def _aliases(field: str) -> set[str]:
    alias = NativeTrace.model_fields[field].validation_alias
    return {field, *map(str, getattr(alias, "choices", ()))}


def guess(records: Sequence[Any]) -> Mapped | None:
    """Which path of most of these records holds what, told from names and values; None where nothing looks like an
    answer or a question."""
    seen: Counter[tuple[str, str]] = Counter()
    for record in records:
        seen.update(set(_candidates(record)))
    often = [pair for pair, count in seen.items() if 2 * count > len(records)]
    chosen: dict[str, str] = {}
    wanted: dict[str, Sequence[str]] = {
        "answer": ANSWERS,
        "question": QUESTIONS,
        "context": NAMED,
        "tool_calls": _CALLS,
    }
    wanted |= _OTHERS
    for field, names in wanted.items():
        taken = set(chosen.values())
        fits = [path for kind, path in often if kind == field and not _overlaps(path, taken)]
        if fits:
            chosen[field] = min(fits, key=lambda path: (_rank(path, names), path.count("."), path))
    if not {"question", "answer"} & chosen.keys():
        return None
    order = [field for field in FIELDS if field in chosen]
    return Mapped.read(f"{field}={chosen[field]}" for field in order)


def _overlaps(path: str, taken: Iterable[str]) -> bool:
    return any(path == one or path.startswith((one + ".", one + "[")) for one in taken)


def _rank(path: str, names: Sequence[str]) -> int:
    """How well the keys of a path say what lies there: the last one that is known counts."""
    keys = [plain(key) for key in path.removeprefix("$").replace("[*]", "").split(".") if key]
    return next((names.index(key) for key in reversed(keys) if key in names), len(names))


def _candidates(record: Any) -> Iterator[tuple[str, str]]:
    """Fields and the paths of a record that may hold them."""
    for count, (path, key, value) in enumerate(_walk("$", "", record, 0)):
        if count >= _LOOKED_AT:
            return
        parsed = structure(value)
        spoken = is_sentence(value) or are_messages(parsed)
        for field, names in (("question", QUESTIONS), ("answer", ANSWERS)):
            if key in names and (spoken or (isinstance(value, str) and value.strip() and field == "answer")):
                yield field, path
        if key in NAMED and (spoken or (isinstance(parsed, list) and parsed)):
            yield "context", path
        if key in _CALLS and _are_calls(parsed):
            yield "tool_calls", path
        for field, others in _OTHERS.items():
            if key in others and isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                yield field, path


def _are_calls(value: Any) -> bool:
    """Whether a list holds calls of tools, and not what they are, nor their names."""
    if not isinstance(value, list) or not value:
        return False
    inner = [one.get("function", one) if isinstance(one, dict) else one for one in value]
    return all(isinstance(one, dict) and bool(_OF_CALLS & keyed(one).keys()) for one in inner)


def _walk(path: str, key: str, value: Any, depth: int) -> Iterator[tuple[str, str, Any]]:
    if key:
        yield path, key, value
    if isinstance(value, dict) and depth < _DEPTH:
        for name, inner in value.items():
            step = f".{name}" if name.isidentifier() else f"['{_escaped(name)}']"
            yield from _walk(path + step, plain(name), inner, depth + 1)


def _escaped(name: str) -> str:
    """A name within single quotes, as RFC 9535 has it: as JSON, but for the quotes."""
    return json.dumps(name, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
