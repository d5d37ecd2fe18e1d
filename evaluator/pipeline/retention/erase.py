"""Deletes everything of one user: their traces, with samples, decisions, work, outcomes, labels and annotations.

Users are known by pseudonyms, which are made on the way in. A trace is a user's if it names them; so are the traces
of their sessions that name nobody, as long as the session names nobody else. Deleting goes in batches, a transaction
each, so it can be cut off anywhere and be called again.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import orjson

from evaluator.core.access import LOCAL
from evaluator.core.errors import InvalidInput, is_away, told
from evaluator.core.people import PSEUDONYM, sealed, stored_name
from evaluator.core.ports import Clock
from evaluator.ingest.clean import clean_text
from evaluator.pipeline.access.keys import enter_project
from evaluator.pipeline.isolation import apart
from evaluator.store.repositories.retention.people import People
from evaluator.store.store import Store, Unit

BATCH = 100
"""Traces in one transaction."""


@dataclass(slots=True)
class Erased:
    """What was deleted of a user (a pseudonym): rows by table. `complete`: nothing was left when it ended.

    `failed` are traces that could not be deleted, and why; the others went all the same. `examples` are versions of
    rubrics (NAME@VERSION) that show a sample which was deleted: they hold its text, and judges are shown it.
    """

    user: str
    complete: bool = False
    deleted: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)
    examples: set[str] = field(default_factory=set)


def erase_user(
    store: Store, project: str, user: str, clock: Clock, *, seconds: float = float("inf"), actor: str = LOCAL
) -> Erased:
    """Delete what is there of `user` (as the application names them, or their pseudonym), for `seconds` at most.

    What arrives later is new data. Rates over the minutes in which the traces counted are recomputed without them.

    Raises:
        InvalidInput: an empty name.
        NotFound: there is no such project.
    """
    if not user:
        raise InvalidInput("user", "is empty", "Name the user as your application does")
    until = time.monotonic() + seconds
    with store.write() as unit:
        secret = enter_project(unit, project, clock.now())
    erased = Erased(stored_name(project, secret, clean_text(user)))
    # What looks like a pseudonym may be one, as pages show it or as it was before it was sealed, and may as well be
    # what the application calls its user. A trace that can not be read keeps a name from being tried no less.
    for name in (user, sealed(secret, user)) if PSEUDONYM.fullmatch(user) else ():
        shown = _erase(store, project, Erased(name), clock, until, actor)
        if shown.deleted or not (shown.complete or shown.failed):
            return shown
    erased = _erase(store, project, erased, clock, until, actor)
    with store.write() as unit:
        unit.of(project).audit.record(actor, "user.erase", erased.user, clock.now(), complete=erased.complete)
    return erased


def _erase(store: Store, project: str, erased: Erased, clock: Clock, until: float, actor: str) -> Erased:
    shown = _shown(store, project)

    def delete(ids: Sequence[str]) -> int:
        gone, examples = store.change(partial(_batch, project, erased.user, ids, shown, clock.now(), actor))
        erased.deleted.update(gone)
        erased.examples |= examples
        return len(ids)

    def guilty(trace: str, error: Exception) -> None:
        erased.failed[trace] = told(error)

    for ids in _batches(store, project, erased):
        if ids:
            apart(ids, delete, guilty)
        if time.monotonic() > until:
            return erased
    erased.complete = not erased.failed
    return erased


Shown = Mapping[tuple[str, str], Set[str]]
"""By kind and id of a target, the versions of rubrics that show it as an example."""


def _batch(
    project: str, user: str, ids: Sequence[str], shown: Shown, now: datetime, actor: str, unit: Unit
) -> tuple[dict[str, int], set[str]]:
    mine = unit.of(project)
    targets = mine.traces.current_targets(ids, set(mine.traces.days(ids).values())) if shown else []
    examples = {name for one in targets for name in shown.get((one.target_kind, one.target_id), ())}
    gone = mine.people.erase(ids, now)
    told = {"examples": sorted(examples)} if examples else {}
    mine.audit.record(actor, "user.erase", user, now, deleted=gone, **told)
    return gone, examples


def _shown(store: Store, project: str) -> Shown:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    with store.read() as unit:
        for stored in unit.of(project).rubrics.versions():
            for sample in filter(None, (example.sample for example in stored.definition.examples)):
                name = f"{stored.definition.name}@{stored.version}"
                found[sample.target_kind, sample.target_id].add(name)
    return found


def _batches(store: Store, project: str, erased: Erased) -> Iterator[list[str]]:
    """Ids of traces that are to be deleted, which the caller does before it asks for more.

    Companions are found by the traces that name the user, so these go last: a run that was cut off finds the rest.
    """
    after = ""
    while ids := _page(store, project, after):
        after = ids[-1]
        yield [trace for trace in ids if _names(store, project, trace, erased)]
    for find in (People.companions, People.traces):
        while found := _found(store, project, erased, find):
            yield found


def _found(store: Store, project: str, erased: Erased, find: Callable[[People, str, int], list[str]]) -> list[str]:
    """The next that there are, but for those that could not be deleted: they must not be met again and again."""
    with store.read() as unit:
        ids = find(unit.of(project).people, erased.user, BATCH + len(erased.failed))
    return [trace for trace in ids if trace not in erased.failed]


def _page(store: Store, project: str, after: str) -> list[str]:
    with store.read() as unit:
        return unit.of(project).people.unread(after, BATCH)


def _names(store: Store, project: str, trace: str, erased: Erased) -> bool:
    """Whether any part of a trace that was not put together names the user."""
    user = erased.user.encode()
    try:
        with store.read() as unit:
            return any(user in orjson.dumps(part.body) for part in unit.of(project).parts.every(trace))
    except Exception as error:
        if is_away(error):
            raise
        # Parts that can not be read: nobody knows whose they are.
        erased.failed[trace] = told(error)
        return False
