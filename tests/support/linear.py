"""How time grows with size: that of this process alone, and what was disturbed is measured again."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest

Run = Callable[[], object]
_TRIES = 4


def seconds(run: Run) -> float:
    """Processor seconds of a run, in which the collector goes through nothing that other tests left behind."""
    gc.freeze()
    try:
        start = time.process_time()
        run()
        return time.process_time() - start
    finally:
        gc.unfreeze()


def grows_linearly(small: Run, large: Run, least: float) -> None:
    """Fail where `large`, which is four times as much, takes eight times as long whenever it is tried: what is
    quadratic takes sixteen times. `least` (s) is added to the time of `small`, which may be next to nothing."""
    grown = []
    for _ in range(_TRIES):
        grown.append(seconds(large) / (seconds(small) + least))
        if grown[-1] < 8:
            return
    pytest.fail(f"four times as much took {grown} times as long")
