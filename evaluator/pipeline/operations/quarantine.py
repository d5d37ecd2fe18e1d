"""What was set aside so that everybody else could go on: what is known of it, and another life for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

PAGE = 500


@dataclass(frozen=True, slots=True)
class SetAside:
    """What is set aside in a project, the last first; and the active rules that can not be read, by which nothing is
    decided until they are pushed again."""

    items: list[Quarantined]
    broken_rules: list[BrokenRule]


def read_quarantine(unit: Unit, project: str, limit: int = 100, after: str | None = None) -> SetAside:
    """The first `limit` items, or those after the one with the id `after`. Raises NotFound for an id that is none."""
    mine = unit.of(project)
    last = _named(mine, [after])[0] if after is not None else None
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
    found = list(_all(mine)) if ids is None else _named(mine, ids)
    mine.quarantine.release(found, now)
    if found:
        mine.audit.record(actor, "quarantine.replay", project, now, items=len(found))
    return len(found)


def _named(mine: ProjectUnit, ids: Sequence[str]) -> list[Quarantined]:
    known = {one.id: one for one in _all(mine)}
    for wanted in ids:
        if wanted not in known:
            remedy = "List what there is with `faithline quarantine list`"
            raise NotFound("item set aside", wanted, remedy)
    return [known[wanted] for wanted in ids]


def _all(mine: ProjectUnit) -> Iterator[Quarantined]:
    after: Quarantined | None = None
    while page := mine.quarantine.list(PAGE, after):
        yield from page
        after = page[-1]
