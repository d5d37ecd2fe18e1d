"""One run: traffic, a provider that misbehaves, workers that are killed, and what is left in the end."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from bench.chaos.checks import count, progress
from bench.chaos.faults import Faults
from bench.chaos.traffic import Sender, traces
from bench.chaos_judge.checks import COMMITTED, Found, look
from bench.servers.compose import Cluster, distributed
from bench.servers.judge.behaviour import Behaviour
from bench.servers.judge.ledger import Ledger
from bench.servers.judge.server import judging

PRICES = {"judge_price_input": 1.0, "judge_price_output": 2.0}
"""US dollars for a million tokens, here and at the stand-in."""
SETTINGS = {
    "judge_model": "stand-in", "judge_timeout_seconds": "2", "retry_seconds": "0.5", "lease_seconds": "6",
    "backlog_target_seconds": "0", "batch_size": "64",
}  # fmt: skip
BEHAVIOUR = Behaviour(
    seed=3, latency=0.2, retry_after="1", burst_seconds=0.5, slow_seconds=30.0,
    rate_limited=0.003, error=0.03, hang=0.01, drip=0.005, cut=0.02, malformed=0.02, wrong_types=0.015, quoted=0.02,
    out_of_range=0.02, refusal=0.01, slow=0.01, fenced=0.02,
)  # fmt: skip
"""Eighteen of a hundred requests meet something, and after each 429 everybody does for half a second."""
RULE = {"name": "judged", "evaluator": "rubric:tone", "parameters": {"repeat_share": 0.0}, "rate": 1.0}
PATIENCE = 1800.0
"""A run that has not come to rest after so long is given up (s)."""


@dataclass(frozen=True)
class Run:
    """What came of one. `usd` and `calls` are of the stand-in's ledger file, `faults` what its charged calls met."""

    name: str
    sent: int
    seconds: float
    budget: float
    found: Found
    requests: int
    turned_away: int
    calls: int
    faults: dict[str, int]
    usd: float
    kills: int
    caught: int
    """Kills of a worker that held a batch."""

    @property
    def problems(self) -> list[str]:
        """What must not be."""
        said = [] if self.found.whole else [f"{self.name}: {self.found}"]
        if (decided := self.found.planned + self.found.passed) != self.sent:
            said.append(f"{self.name}: {decided:,} of {self.sent:,} answers were decided on")
        if self.usd > self.budget + 1e-9:
            said.append(f"{self.name}: {self.usd:.4f} USD were spent of {self.budget:.4f}")
        if self.usd > self.found.committed + 1e-9:
            said.append(f"{self.name}: {self.usd:.4f} USD were spent, the books hold {self.found.committed:.4f}")
        return said


def run(
    name: str, folder: Path, verdicts: int, budget: float, kills: int, *, still: float, database: str = "",
    behaviour: Behaviour = BEHAVIOUR, workers: int = 2, within: float = 0.8, **settings: str,
) -> Run:  # fmt: skip
    """Send so many traces that are judged at `budget` (USD a day) by `workers` processes, of which one is killed
    `kills` times, until nothing is left to do, or nothing more was done for `still` (s) after the first call.

    The kills are spread over the time in which the first `within` (a share) of the verdicts come. `database` is as in
    `distributed`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    books = folder / "ledger.jsonl"
    ledger = Ledger(PRICES["judge_price_input"], PRICES["judge_price_output"], books)
    with judging(behaviour, ledger=ledger) as judge:
        given = SETTINGS | {"judge_base_url": judge.address} | {k: str(v) for k, v in PRICES.items()} | settings
        with distributed(folder, {"score": 0, "judge": workers}, database=database, **given) as cluster:
            cluster.served.call("/api/v1/rules", RULE | {"budget": {"usd_per_day": budget}})
            started, faults = time.monotonic(), Faults(cluster)
            sender = Sender(cluster.address, traces(verdicts, datetime.now(UTC)))
            sending = threading.Thread(target=sender.run, daemon=True)
            sending.start()
            _kill(cluster, faults, kills, verdicts * within)
            sending.join()
            _rest(cluster, still, lambda: judge.calls > 0)
            seconds = time.monotonic() - started
            found = look(cluster.libpq)
    charges = [json.loads(line) for line in books.read_text(encoding="utf-8").splitlines()]
    return Run(
        name, verdicts, seconds, budget, found, judge.calls, judge.turned_away, len(charges),
        dict(Counter(one["fault"] for one in charges if one["fault"])), sum(one["usd"] for one in charges),
        faults.tally.kills["judge"], faults.tally.caught["judge"],
    )  # fmt: skip


def _kill(cluster: Cluster, faults: Faults, kills: int, verdicts: float) -> None:
    """Kill a worker whenever another part of so many verdicts is there."""
    until = time.monotonic() + PATIENCE
    for number in range(kills):
        while time.monotonic() < until and _outcomes(cluster) < verdicts * number / kills:
            cluster.revive()
            time.sleep(0.2)
        faults.kill("judge")


def _outcomes(cluster: Cluster) -> int:
    return progress(cluster.libpq)[3]


def _rest(cluster: Cluster, still: float, begun: Callable[[], bool]) -> None:
    """Raises AssertionError when patience ends."""
    until, last, since = time.monotonic() + PATIENCE, (-1, -1, False), time.monotonic()
    while time.monotonic() < until:
        time.sleep(0.5)
        cluster.revive()
        unplanned, jobs, _, outcomes = progress(cluster.libpq)
        now = (outcomes, _committed(cluster), begun())
        if now != last:
            last, since = now, time.monotonic()
        if not unplanned and (not jobs or (begun() and time.monotonic() - since > still)):
            return
    raise AssertionError(f"not at rest after {PATIENCE} s: {progress(cluster.libpq)}")


def _committed(cluster: Cluster) -> int:
    with psycopg.connect(cluster.libpq, connect_timeout=5) as db:
        return count(db, COMMITTED)


def table(runs: Sequence[Run]) -> str:
    """One line a run, and below what failed and what the stand-in did."""
    names = (
        "run", "s", "sent", "planned", "scored", "failed", "waiting", "dead", "lost", "doubled", "unsaid", "requests",
        "429", "charged", "USD", "books", "budget", "kills", "in a batch",
    )  # fmt: skip
    rows: list[Sequence[Any]] = [names]
    for r in runs:
        f = r.found
        counts = (r.sent, f.planned, f.scored, sum(f.failed.values()), f.waiting, f.dead, f.lost, f.doubled, f.unsaid)
        calls = (r.requests, r.turned_away, r.calls)
        money = (f"{r.usd:.3f}", f"{f.committed:.3f}", f"{r.budget:g}")
        rows.append((r.name, f"{r.seconds:.0f}", *counts, *calls, *money, r.kills, r.caught))
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(names))]
    lines = ["  ".join(str(c).rjust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    lines += [f"{r.name}: failures {r.found.failed}; charged with {r.faults}" for r in runs]
    return "\n".join(lines)
