"""Golden sets: prompts with the responses that a careful person would give."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from evaluator.api.routing import resource
from evaluator.api.state import Admin, Read, State
from evaluator.core.bounds import GOLDEN, GOLDEN_ABOUT, GOLDEN_TITLE, ID, TARGET_ID
from evaluator.core.errors import NotFound
from evaluator.core.evaluator import GoldenItem
from evaluator.core.names import Name
from evaluator.pipeline.catalog.golden_sets import Chosen, add_golden_item, push_golden
from evaluator.store.repositories.catalog.golden_sets import GoldenSet

router = resource("/api/v1/golden-sets", "golden sets")


class GoldenSetIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    title: str = Field(default="", max_length=GOLDEN_TITLE.size)
    description: str = Field(default="", max_length=GOLDEN_ABOUT.size)
    items: list[GoldenItem] = Field(min_length=1, max_length=GOLDEN.size)


class AddedIn(BaseModel):
    """An answer of a trace: its main one, unless `target_id` names another; as it stands, unless `answer` says what
    it should have been."""

    model_config = ConfigDict(extra="forbid")

    trace_id: str = Field(min_length=1, max_length=ID.size)
    target_id: str | None = Field(default=None, min_length=1, max_length=TARGET_ID.size)
    answer: str | None = Field(default=None, min_length=1)


class GoldenSetOut(BaseModel):
    name: str
    version: str
    title: str
    description: str
    size: int
    created_at: datetime
    items: list[GoldenItem] | None = None


def _out(found: GoldenSet, items: list[GoldenItem] | None = None) -> GoldenSetOut:
    values = {name: getattr(found, name) for name in GoldenSet.__dataclass_fields__}
    return GoldenSetOut(**values, items=items)


@router.post("", status_code=201)
def push_golden_set(state: State, caller: Admin, body: GoldenSetIn) -> GoldenSetOut:
    """Store a version of a golden set, named by the hash of its items."""
    services = state.services
    with state.places.take(caller.project):
        stored = push_golden(
            services.store, caller.project, body.name, body.items, services.clock,
            title=body.title, description=body.description, actor=caller.actor,
        )  # fmt: skip
    return _out(stored)


@router.post("/{name}/items", status_code=201)
def add_item(state: State, caller: Admin, name: str, body: AddedIn) -> GoldenSetOut:
    """Put an answer of a trace into a golden set, a new one where there is none of this name: a new version, with the
    question as prompt and the passages as context. An item of the same prompt is given one more response."""
    services = state.services
    chosen = Chosen(trace=body.trace_id, target=body.target_id, answer=body.answer)
    with state.places.take(caller.project):
        return _out(
            add_golden_item(services.store, caller.project, name, chosen, services.clock, actor=caller.actor)
        )  # fmt: skip


@router.get("")
def list_golden_sets(state: State, caller: Read) -> list[GoldenSetOut]:
    """Every version of every set, newest first, without the items."""
    with state.places.read(caller.project) as unit:
        return [_out(s) for s in unit.of(caller.project).golden_sets.versions()]


@router.get("/{name}")
def show_golden_set(state: State, caller: Read, name: str, version: str | None = None) -> GoldenSetOut:
    """A version of a set (the newest unless named) with its items."""
    with state.places.read(caller.project) as unit:
        for found in unit.of(caller.project).golden_sets.versions(name):
            if version in (None, found.version):
                return _out(found, unit.of(caller.project).golden_sets.items(name, found.version))
    raise NotFound("golden set", name if version is None else f"{name}@{version}")
