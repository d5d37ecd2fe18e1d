"""What was set aside so that everybody else could go on: what is known of it, and another life for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from evaluator.core.access import LOCAL
from evaluator.core.errors import NotFound
from evaluator.core.ports import Clock, Hints
from evaluator.core.quarantine import Quarantined
from evaluator.pipeline.schedule import AGGREGATE, SETTLE
from evaluator.store.repositories.catalog.rules import BrokenRule
from evaluator.store.store import ProjectUnit, Store, Unit


@dataclass(frozen=True, slots=True)
class SetAside:
    """What is set aside in a project, the last first; and the active rules that can not be read, by which nothing is
    decided until they are pushed again."""

    items: list[Quarantined]
    broken_rules: list[BrokenRule]


def read_quarantine(unit: Unit, project: str, limit: int = 100, after: str | None = None) -> SetAside:
    """The first `limit` items, or those after the one with the id `after`. Raises NotFound for an id that is none."""
    mine = unit.of(project)
    last = _named(mine, [after])[after] if after is not None else None
    return SetAside(mine.quarantine.list(limit, last), mine.rules.broken())


def replay(
    store: Store, project: str, ids: Sequence[str] | None, clock: Clock, hints: Hints, actor: str = LOCAL
) -> int:
    """Have what is set aside (None: all of it) tried again, its tries counted anew; returns how much that is.

    Raises:
        NotFound: one of `ids` is none; then nothing is replayed.
    """
    done = store.change(partial(_replay, project=project, ids=ids, now=clock.now(), actor=actor))
    for stage in (SETTLE, AGGREGATE) if done else ():
        hints.wake(stage)
    return done


def _replay(unit: Unit, project: str, ids: Sequence[str] | None, now: datetime, actor: str) -> int:
    mine = unit.of(project)
    if ids is not None:
        _named(mine, ids)
    done = mine.quarantine.replay(now, ids)
    if done:
        mine.audit.record(actor, "quarantine.replay", project, now, items=done)
    return done


def _named(mine: ProjectUnit, ids: Sequence[str]) -> dict[str, Quarantined]:
    known = mine.quarantine.named(ids)
    for wanted in ids:
        if wanted not in known:
            raise NotFound("item set aside", wanted, "List what there is with `faithline quarantine list`")
    return known
