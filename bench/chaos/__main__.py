"""Kills everything, several times, and counts what was lost: `make bench-chaos`, or `--traces 2000` for a short form.

Three runs of the processes of docker-compose.yml over a real Redis and a real PostgreSQL:

1. undisturbed;
2. the same traces while score workers, judge, control, API, beat, Redis (empty, and with its file) and PostgreSQL are
   killed with SIGKILL. Every planned outcome must exist exactly once and every rate must equal the first run's;
3. killed again, with back-pressure and a budget that is too small: the intervals must cover the truth, and the
   stand-in's own log must never show more money than the budget.

Exits with 1 if anything was lost, doubled or overspent.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from bench.chaos.checks import look, progress
from bench.chaos.evaluators import ADDRESS, LOG, PRICE, Sentences, Wordy, evaluations, paid_verdict, plugin
from bench.chaos.faults import Faults, Tally
from bench.chaos.provider import Provider, provider
from bench.chaos.report import Run, intervals, kills, problems_of, table
from bench.chaos.traffic import HOURS, SENDERS, Sender, traces
from bench.servers.compose import Cluster, distributed
from bench.servers.postgres import store_url
from evaluator.core.evaluator import sample_of
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.outcome import Score
from evaluator.store.store import Store

SALT = "the same draws in every run"
AMPLE = 1_000.0
"""A budget (USD a day) that is never in the way."""
ATTENTION = [{"name": "errors", "when": [{"field": "status", "value": "error"}], "rate": 1.0}]
RULES: tuple[dict[str, Any], ...] = (
    {"name": "wordy", "evaluator": "chaos_wordy", "rate": 1.0},
    {"name": "curt", "evaluator": "chaos_sentences", "rate": 0.5, "strata": ATTENTION},
    {"name": "toxic", "evaluator": "toxicity", "rate": 0.25, "strata": ATTENTION},
    {"name": "paid", "evaluator": "chaos_paid", "rate": 0.25, "strata": ATTENTION},
)
KINDS = 8
SECONDS_A_KILL = 4.0
"""Traffic is spread over so long for each kill to come (s)."""
PATIENCE = 1800.0
"""A run that has not come to rest after so long is given up (s)."""
STILL = 40.0
"""Where a budget is spent, jobs wait for tomorrow: such a run is at rest without a new outcome for so long (s)."""


def run(
    folder: Path, items: Sequence[dict[str, Any]], kills: int, budget: float, *, pause: float, **settings: str
) -> Run:
    """Send `items`, kill everything `kills` times, wait until all is quiet, and look."""
    folder.mkdir()
    site = plugin(folder / "site")
    with provider(folder / "calls.jsonl") as paid:
        work = folder / "work.log"
        os.environ |= {ADDRESS: paid.address, LOG: str(work), "PYTHONPATH": f"{site}{os.pathsep}{Path.cwd()}"}
        with distributed(folder, {"score": 2}, lease_seconds="10", **settings) as cluster:
            _prepare(cluster, budget)
            sender, faults = Sender(cluster.address, items, pause), Faults(cluster)
            started = time.monotonic()
            sending = threading.Thread(target=sender.run, daemon=True)
            sending.start()
            if kills:
                faults.plan(kills, lambda: sending.is_alive() or _waiting(cluster) > 0)
            until = started + PATIENCE
            while sending.is_alive() and time.monotonic() < until:
                cluster.revive()
                sending.join(1.0)
            _rest(cluster, STILL if budget < AMPLE else PATIENCE)
            return _result(cluster, paid, sender, faults.tally, time.monotonic() - started, work)


def _result(cluster: Cluster, paid: Provider, sender: Sender, tally: Tally, seconds: float, work: Path) -> Run:
    found = look(cluster.libpq, sender.acknowledged)
    return Run(
        seconds=seconds, found=found, rates=_rates(cluster), calls=paid.calls.total(),
        repeated=paid.calls.total() - len(paid.calls), redone=evaluations(work) - found.logged,
        refused=sender.retries, tally=tally,
    )  # fmt: skip


def _prepare(cluster: Cluster, budget: float) -> None:
    """The project with its salt, and the rules."""
    store = Store(store_url(cluster.libpq))
    with store.write() as unit:
        unit.projects.ensure(DEFAULT_PROJECT, datetime.now(UTC), SALT)
    store.close()
    for rule in RULES:
        paying = {"budget": {"usd_per_day": budget}} if rule["name"] == "paid" else {}
        cluster.served.call("/api/v1/rules", rule | paying)


def _rates(cluster: Cluster) -> dict[str, Any]:
    now = datetime.now(UTC)
    window = {"from": now - timedelta(hours=2 * HOURS), "to": now + timedelta(hours=1), "grain": "minute"}
    query = urllib.parse.urlencode({name: getattr(v, "isoformat", lambda v=v: v)() for name, v in window.items()})
    return {s["rule"]: s for s in cluster.served.call(f"/api/v1/series?{query}")["series"]}


def _waiting(cluster: Cluster) -> int:
    """What is still to be done; 1 while the database is away."""
    try:
        return sum(progress(cluster.libpq)[:3])
    except psycopg.Error:
        return 1


def _rest(cluster: Cluster, still: float) -> None:
    """Wait until nothing is to be done, or nothing more was done for `still` (s). Raises AssertionError when patience
    ends."""
    until, last, since = time.monotonic() + PATIENCE, -1, time.monotonic()
    while time.monotonic() < until:
        time.sleep(1.0)
        cluster.revive()
        unplanned, jobs, dirty, outcomes = progress(cluster.libpq)
        if outcomes != last:
            last, since = outcomes, time.monotonic()
        if not unplanned and not dirty and (not jobs or time.monotonic() - since > still):
            return
    raise AssertionError(f"not at rest after {PATIENCE} s: {progress(cluster.libpq)}")


def truth(items: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The rate of each rule whose evaluator can be asked about everything, over all `items`."""
    samples = [sample_of(i["question"], i["answer"], target_id=i["id"]) for i in items]
    os.environ[LOG] = os.devnull
    means = {}
    for name, evaluator in (("wordy", Wordy()), ("curt", Sentences())):
        outcomes = [o for o in evaluator.score(samples) if isinstance(o, Score)]
        means[name] = sum(o.value for o in outcomes) / len(samples)
    return means | {"paid": sum(paid_verdict(s.content_hash) for s in samples) / len(samples)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=5, help="of each kind, in the second run")
    arguments = parser.parse_args()
    items = traces(arguments.traces, datetime.now(UTC))
    true = truth(items)
    scarce = round(0.4 * 0.28 * arguments.traces * PRICE, 2)
    with tempfile.TemporaryDirectory(prefix="faithline-chaos-") as name:
        folder = Path(name)
        off = {"backlog_target_seconds": "0"}
        calm = run(folder / "calm", items, 0, AMPLE, pause=0.0, **off)
        wild = run(folder / "wild", items, arguments.kills, AMPLE, pause=_pause(items, arguments.kills), **off)
        tight = run(folder / "tight", items, 1, scarce, pause=_pause(items, 6), backlog_target_seconds="5")
    problems = problems_of(calm, wild, tight, true, scarce)
    print(table({"undisturbed": calm, "killed": wild, "pressed": tight}))
    print("\n".join([kills("killed", wild), kills("pressed", tight), *intervals(tight, true)]))
    print("\n".join(problems) or "Nothing was lost, doubled or overspent.")
    return bool(problems)


def _pause(items: Sequence[Any], kills: int) -> float:
    """Seconds between two batches of one sender, so that traffic flows while things die."""
    return SECONDS_A_KILL * KINDS * kills * SENDERS / (len(items) / 20)


if __name__ == "__main__":
    sys.exit(main())
