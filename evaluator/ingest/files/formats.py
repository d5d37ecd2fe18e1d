"""Which format a file has, and its records as parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evaluator.core.errors import InvalidInput, ItemError
from evaluator.core.trace import Part
from evaluator.ingest.attributes import Keys
from evaluator.ingest.files import langfuse, langsmith, phoenix
from evaluator.ingest.files.exported import Step, raw_span, storable
from evaluator.ingest.native.traces import Parsed
from evaluator.ingest.otlp.origins import Batch, Origins
from evaluator.ingest.otlp.spans import to_part
from evaluator.ingest.users import Users


@dataclass(frozen=True, slots=True)
class Format:
    """How the records of one product's exports become spans, and which scores they hold."""

    name: str
    title: str
    recognises: Callable[[Any], bool]
    steps: Callable[[Mapping[str, Any]], Iterator[Step]]
    scores: Callable[[Mapping[str, Any]], Iterable[dict[str, Any]]] = lambda _record: ()

    def parse(
        self, items: Sequence[Any], *, project: str, received: datetime, user_keys: Iterable[str] = ()
    ) -> Parsed:
        """Parts of the spans in the records; a record, or a span of one, that is not in order is named by its place
        among the records, and takes no other along."""
        reading = _Reading(Users(project, user_keys), received)
        parts: list[Part] = []
        errors: list[ItemError] = []
        for index, item in enumerate(items):
            if not self.recognises(item):
                remedy = f"Write records as {self.title} exports them, or name another format"
                errors.append(ItemError(index, "record", f"is none of {self.title}", remedy))
                continue
            for step in self.steps(item):
                try:
                    parts.append(reading.part(step))
                except InvalidInput as error:
                    errors.append(ItemError.of(index, error))
        return Parsed(parts, errors)


class _Reading:
    def __init__(self, users: Users, received: datetime) -> None:
        self._users, self._received, self._keys = users, received, Keys()

    def part(self, step: Step) -> Part:
        raw = raw_span(step, self._keys)
        batch = Batch(storable(step.resource, self._keys), storable(step.scope, self._keys), [], [raw])
        origin = Origins(0, self._keys, self._users).of(batch)
        return to_part(raw, origin, self._keys, self._users, self._received)


FORMATS: Mapping[str, Format] = {
    known.name: known
    for known in (
        Format("langfuse", "Langfuse", langfuse.recognises, langfuse.steps, langfuse.scores),
        Format("langsmith", "LangSmith", langsmith.recognises, langsmith.steps),
        Format("phoenix", "Phoenix", phoenix.recognises, phoenix.steps),
    )
}


def format_of(records: Sequence[Any]) -> Format | None:
    """The format of which most of these records are; None where they are of none."""
    counted = [(sum(map(found.recognises, records)), found) for found in FORMATS.values()]
    most, found = max(counted, key=lambda pair: pair[0])
    return found if 2 * most > len(records) else None
