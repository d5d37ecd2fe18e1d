"""A house that judges by rubrics, with a stand-in for the provider and a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.servers.judge.server import JudgeServer
from evaluator.bootstrap import Services, open_services
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.review.labels import Said, add_label
from evaluator.pipeline.schedule import AGGREGATE, JUDGE, SETTLE
from evaluator.pipeline.stages.run import drain
from evaluator.settings import Settings
from tests.support import seed


@dataclass
class Now:
    """A clock that stands still until it is moved."""

    at: datetime = seed.NOW

    def now(self) -> datetime:
        return self.at


@contextmanager
def house(path: Path, judge: JudgeServer | None = None, **settings: Any) -> Iterator[Services]:
    given: dict[str, Any] = {"judge_price_input": 1.0, "judge_price_output": 2.0} | settings
    if judge is not None:
        given |= {"judge_base_url": judge.address, "judge_model": "stand-in"}
    else:
        given = dict(settings)
    where = Settings(database_url=f"sqlite:///{path}", quiet_seconds=0.0, starter_rules=False, **given)
    services = replace(open_services(where), clock=Now())
    try:
        yield services
    finally:
        services.close()


def work(services: Services, seconds: float = 0.0) -> None:
    services.clock.at += timedelta(seconds=seconds)  # type: ignore[attr-defined]
    stages = services.stages()
    try:
        drain(stages, SETTLE, JUDGE, AGGREGATE)
    finally:
        stages.close()


def labelled_by_people(services: Services, criterion: str, levels: Mapping[str, int]) -> None:
    """Have people say so many times each of the `levels`, each of another trace of those that `seed` has sent."""
    traces = iter(seed.traffic(1000))
    for level, times in levels.items():
        for _ in range(times):
            said = Said(trace=next(traces)["id"], criterion=criterion, level=level)
            add_label(services.store, DEFAULT_PROJECT, "anna", said, services.clock)
