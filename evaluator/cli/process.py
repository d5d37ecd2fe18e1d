"""`faithline process`: work off everything that is waiting, without a server."""

from __future__ import annotations

import time

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from evaluator.bootstrap import Services, push_starter_rules
from evaluator.cli.common import opened, stderr
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.operations.status import Status, read_status
from evaluator.pipeline.schedule import AGGREGATE, JUDGE, SCORE, SETTLE
from evaluator.pipeline.stages.run import drain


def process() -> None:
    """Settle, select, score and aggregate until nothing is left; for files, notebooks and CI."""
    with opened() as services:
        offer_starter_rules(services)
        stages = services.stages()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        try:
            with Progress(*columns, console=stderr) as bar:
                task = bar.add_task("scoring", total=None)
                while True:
                    handled = drain(stages, SETTLE, AGGREGATE)
                    found = [progress_of(status) for status in _statuses(services)]
                    bar.update(task, completed=sum(n for n, _ in found), total=sum(n for _, n in found))
                    handled += sum(stages.run(stage, seconds=0) for stage in (SCORE, JUDGE))
                    if not handled and not _wait(services):
                        break
        finally:
            stages.close()


def offer_starter_rules(services: Services) -> None:
    """Give a fresh project the starter rules, unless the settings say no."""
    if services.settings.starter_rules and push_starter_rules(services, DEFAULT_PROJECT):
        stderr.print("Pushed the starter rules: see `faithline rules list`")


def _wait(services: Services) -> bool:
    """Wait a little where something will be ready later; returns whether there is any such thing."""
    if not any(status.waiting for status in _statuses(services)):
        return False
    time.sleep(0.5)
    return True


def _statuses(services: Services) -> list[Status]:
    """That of every project, and of the default one in any case."""
    with services.store.read() as unit:
        projects = {DEFAULT_PROJECT, *unit.projects.all()}
        return [read_status(unit, project, services.clock.now(), services.judges) for project in sorted(projects)]


def progress_of(status: Status) -> tuple[int, int]:
    """(outcomes that are there, outcomes that are planned)."""
    done = sum(r.scored + r.failed + r.skipped for r in status.rules)
    return done, done + sum(r.waiting + r.running for r in status.rules)
