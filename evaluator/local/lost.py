"""Writes down whose batches a scoring process took with it, and why: ``python -m evaluator.local.lost``.

Started by the sentinel of that process, which says what was lost as JSON on standard input.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog

from evaluator.bootstrap import configure_logging, retry_of
from evaluator.core.retry import TIMED_OUT, RetryPolicy
from evaluator.settings import Settings
from evaluator.store.store import Store, Unit

log = structlog.get_logger()


def record(store: Store, retry: RetryPolicy, lost: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Give back what `lost` batches held: each says its `owner`, how long it took (`seconds`), and its `cause`
    (``time``, ``memory``, ``death``, or none where it ended because of another) with the `limit`."""
    for batch in lost:
        store.change(partial(_give_back, batch=batch, retry=retry, now=now))


def _give_back(unit: Unit, batch: Mapping[str, Any], retry: RetryPolicy, now: datetime) -> None:
    if batch["cause"] is None:
        unit.queue.release(batch["owner"], now)
    else:
        unit.queue.lose(batch["owner"], error_of(batch["cause"], batch["limit"]), retry, batch["seconds"], now)


def error_of(cause: str, limit: float) -> str:
    """What is told of a job."""
    if cause == "time":
        return f"{TIMED_OUT} of {limit:g} s"
    return f"outgrew {limit:g} MiB" if cause == "memory" else "its process died over it"


def main() -> None:
    lost = json.load(sys.stdin)
    settings = Settings()
    configure_logging(settings.log_level, settings.log_format)
    log.error("batches_lost", batches=lost)
    store = Store(settings.database_url)
    record(store, retry_of(settings), lost, datetime.now(UTC))
    store.close()


if __name__ == "__main__":
    main()
