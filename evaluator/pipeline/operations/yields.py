"""Whether the traces of a sender suddenly tell less than before: of its answers, questions or passages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from evaluator.core.trace import Fact
from evaluator.ingest.senders import title_of
from evaluator.stats.drops import Drop, find_drop
from evaluator.store.repositories.traces.gaps import BIT, Yielded
from evaluator.store.store import Unit

LOOKED_AT = 4000
"""Traces of a project, the newest, whose yield is compared."""
RECENT = timedelta(days=7)
"""What fell before is how things are."""
ASKED = 50
"""Traces that are asked for the reason."""
_HAVE = {Fact.ANSWER: "an answer", Fact.QUESTION: "a question", Fact.PASSAGES: "passages"}


@dataclass(frozen=True, slots=True)
class YieldDrop:
    """Since `since`, `having` of the `traces` of a sender (its id, or None: not known) have the `fact`; of the
    `traces_before` these were `having_before`. `reason` is what most of the others say, `says` is all but the time as
    text."""

    sender: str | None
    fact: Fact
    since: datetime
    having: int
    traces: int
    having_before: int
    traces_before: int
    reason: str
    says: str

    @property
    def sentence(self) -> str:
        """All of it, for a log or a terminal."""
        return f"Since {self.since.astimezone(UTC):%d %b %Y, %H:%M} UTC, {self.says}"


def read_yield_drops(unit: Unit, project: str, now: datetime) -> list[YieldDrop]:
    """What has fallen in the last days, by sender. Reads the newest traces by an index, and few rows."""
    by_sender: dict[str | None, list[Yielded]] = {}
    for one in reversed(unit.of(project).gaps.newest(LOOKED_AT)):
        by_sender.setdefault(one.sender, []).append(one)
    found = []
    for sender, traces in sorted(by_sender.items(), key=lambda pair: pair[0] or ""):
        for fact, drop in _drops(traces):
            since = traces[drop.place].start
            if since < now - RECENT:
                continue
            why = _most(unit.of(project).gaps.said(sender, fact, since, ASKED))
            found.append(_told(sender, fact, since, drop, why))
    return found


def _drops(traces: Sequence[Yielded]) -> Iterable[tuple[Fact, Drop]]:
    """Of each fact the drop, if there is one; traces without an answer lack the rest as well, which is not said."""
    missing = np.array([one.missing for one in traces])
    for fact in Fact:
        if (drop := find_drop((missing & BIT[fact]) == 0)) is not None:
            yield fact, drop
            if fact is Fact.ANSWER:
                return


def _most(said: Sequence[str]) -> str:
    return Counter(said).most_common(1)[0][0] if said else ""


def _told(sender: str | None, fact: Fact, since: datetime, drop: Drop, why: str) -> YieldDrop:
    who = f"traces from {title_of(sender)}" if sender is not None else "traces of a sender that is not known"
    have = f"{drop.after} of {drop.later} {who} have {_HAVE[fact]} (before: {drop.before} of {drop.earlier})"
    says = have + (f": {why}" if why else "")
    return YieldDrop(sender, fact, since, drop.after, drop.later, drop.before, drop.earlier, why, says)
