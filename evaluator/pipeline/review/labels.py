"""Stores verdicts that people gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from evaluator.core.access import LOCAL
from evaluator.core.ports import Clock
from evaluator.store.store import Store


def add_labels(
    store: Store, project: str, rows: Sequence[Mapping[str, Any]], clock: Clock, actor: str = LOCAL
) -> None:
    """Append verdicts (rows of the table `label`); one that is there already stays as it is.

    The audit log says how many of which criterion, never what was said.
    """
    now = clock.now()
    with store.write() as unit:
        unit.of(project).labels.add(rows)
        for criterion, count in sorted(Counter(row["criterion"] for row in rows).items()):
            unit.of(project).audit.record(actor, "label.add", criterion, now, labels=count)
