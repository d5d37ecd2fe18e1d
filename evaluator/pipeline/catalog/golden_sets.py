"""Registers golden sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from pydantic import ValidationError

from evaluator.core.access import LOCAL
from evaluator.core.bounds import GOLDEN, GOLDEN_ABOUT, GOLDEN_TITLE
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.evaluator import GoldenItem
from evaluator.core.names import check_name
from evaluator.core.ports import Clock
from evaluator.core.unknown import shortened
from evaluator.ingest.clean import clean_text
from evaluator.pipeline.catalog.documents import check_document, is_printable
from evaluator.store.repositories.catalog.golden_sets import GoldenSet
from evaluator.store.store import Store, Unit

ID_SIZE = 190
"""Characters of a trace's id that name an item, so that a number fits behind them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """An answer of a trace that is to stand in a golden set: its main one, unless `target` names another; as it
    stands, unless `answer` says what it should have been."""

    trace: str
    target: str | None = None
    answer: str | None = None


def push_golden(
    store: Store,
    project: str,
    name: str,
    items: Sequence[GoldenItem],
    clock: Clock,
    *,
    title: str = "",
    description: str = "",
    actor: str = LOCAL,
) -> GoldenSet:
    """Store `items` as a version of the golden set `name`.

    Raises:
        InvalidInput: it can have no such name, title or description, or an item is wrong.
    """
    check_name("name", name, "a golden set")
    if len(title) > GOLDEN_TITLE.most or not is_printable(title):
        raise InvalidInput("title", f"must be printable, {GOLDEN_TITLE.size} characters at most")
    if len(description) > GOLDEN_ABOUT.most or not is_printable(description, lines=True):
        raise InvalidInput("description", f"must be printable, {GOLDEN_ABOUT.size} characters at most")
    _check_items(items)
    now = clock.now()
    with store.write() as unit:
        unit.projects.ensure(project, now)
        mine = unit.of(project).golden_sets
        before = next((s.version for s in mine.versions(name)), None)
        stored = mine.push(name, items, now, title=title, description=description)
        change = {"before": before, "after": stored.version, "items": stored.size}
        unit.of(project).audit.record(actor, "golden_set.push", name, now, **change)
    return stored


def _check_items(items: Sequence[GoldenItem]) -> None:
    if not 1 <= len(items) <= GOLDEN.most:
        raise InvalidInput("items", f"are {len(items)}, must be from 1 to {GOLDEN.size}")
    seen: set[str] = set()
    for i, item in enumerate(items):
        if item.id in seen:
            raise InvalidInput(f"items[{i}].id", f"{item.id!r} comes twice", "Give every item an id of its own")
        seen.add(item.id)
        check_document(dict(item), f"items[{i}]")


def add_golden_item(
    store: Store, project: str, name: str, chosen: Chosen, clock: Clock, *, actor: str = LOCAL
) -> GoldenSet:
    """Put an answer into the golden set `name`, which begins with it where there is none: a new version.

    An item of the same prompt is given one more response. What is there already makes no version.

    Raises:
        NotFound: there is no such trace, or it has no answer.
        InvalidInput: there can be no such set or item, or no more of them.
    """
    check_name("name", name, "a golden set")
    return store.change(partial(_add, project=project, name=name, chosen=chosen, clock=clock, actor=actor))


def _add(unit: Unit, project: str, name: str, chosen: Chosen, clock: Clock, actor: str) -> GoldenSet:
    mine, now = unit.of(project).golden_sets, clock.now()
    sample = _sample(unit, project, chosen)
    mine.alone(name)
    newest = next(iter(mine.versions(name)), None)
    items = mine.items(name, newest.version) if newest else []
    changed = _with(items, sample, chosen)
    if newest is not None and changed == items:
        return newest
    if len(changed) > GOLDEN.most:
        raise InvalidInput("name", f"has {GOLDEN.size} items, and can have no more", "Name another golden set")
    title, description = (newest.title, newest.description) if newest else ("", "")
    stored = mine.push(name, changed, now, title=title, description=description)
    change = {"before": newest and newest.version, "after": stored.version, "items": stored.size}
    unit.of(project).audit.record(actor, "golden_set.add", name, now, trace=chosen.trace, **change)
    return stored


def _sample(unit: Unit, project: str, chosen: Chosen) -> Mapping[str, Any]:
    trace = unit.of(project).views.trace(chosen.trace)
    samples = unit.of(project).views.samples(chosen.trace, trace["day"]) if trace else []
    if not samples:
        raise NotFound("trace with an answer", shortened(chosen.trace), "It may be gone, or not be settled yet")
    found = next((s for s in samples if chosen.target in (None, s["target_id"])), None)
    if found is None:
        ids = ", ".join(shortened(s["target_id"]) for s in samples[:5])
        raise InvalidInput("target_id", "is no answer of this trace", f"Its answers are {ids}")
    return found


def _with(items: Sequence[GoldenItem], sample: Mapping[str, Any], chosen: Chosen) -> list[GoldenItem]:
    """`items` with what was chosen, in its place or at the end."""
    prompt = sample["question"]
    response = sample["answer"] if chosen.answer is None else clean_text(chosen.answer)
    if not prompt.strip():
        raise InvalidInput("trace_id", "is of a trace without a question", "Only a question can be asked again")
    if not response.strip():
        raise InvalidInput("answer", "is empty", "Give the answer as it should be")
    for place, item in enumerate(items):
        if item.prompt == prompt:
            responses = item.responses if response in item.responses else (*item.responses, response)
            return [*items[:place], _item(item.model_dump() | {"responses": responses}), *items[place + 1 :]]
    context = "\n\n".join(passage["text"] for passage in sample["passages"]) or None
    taken = {item.id for item in items}
    names = (f"{chosen.trace[:ID_SIZE]}{'' if n == 1 else f'-{n}'}" for n in count(1))
    new = {"id": next(name for name in names if name not in taken), "prompt": prompt, "responses": (response,)}
    return [*items, _item(new | {"context": context})]


def _item(values: Mapping[str, Any]) -> GoldenItem:
    try:
        item = GoldenItem.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = {"responses": "answer", "prompt": "trace_id"}.get(str(first["loc"][0]), str(first["loc"][0]))
        raise InvalidInput(field, f"makes no golden item: {first['msg']}", "Choose another answer") from error
    check_document(dict(item), "item")
    return item
