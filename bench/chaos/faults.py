"""What `bench.chaos` breaks, and the proof of when: a worker is stopped first, so that what it holds can be read from
the database while it can not move, and only then killed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.chaos.checks import leased
from bench.servers.compose import Cluster

HOLD_SECONDS = 10.0
"""How long to wait for a worker to be caught with a batch in its hands."""


@dataclass(slots=True)
class Tally:
    """What was killed how often, and how often in the middle of a batch."""

    kills: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    busy: int = 0
    """Kills while there was work to do."""


class Faults:
    """Kills with SIGKILL whatever it is asked to, starts it again, and counts."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self._chance = cluster, random.Random(11)
        self.tally = Tally()

    def plan(self, times: int, busy: Callable[[], bool]) -> None:
        """Kill everything `times` times in a shuffled order; `busy` says whether there is work to do."""
        kinds = ["score", "judge", "control", "api", "beat", "redis, empty", "redis, with its file", "postgres"]
        order = [kind for kind in kinds for _ in range(times)]
        self._chance.shuffle(order)
        for kind in order:
            self._cluster.revive()
            self.tally.busy += busy()
            self.kill(kind)
            time.sleep(self._chance.uniform(0.5, 2.0))

    def kill(self, kind: str) -> None:
        if kind.startswith("redis"):
            self._cluster.kill_redis()
            time.sleep(self._chance.uniform(0.2, 1.5))
            self._cluster.start_redis(empty=kind.endswith("empty"))
        elif kind == "postgres":
            self._cluster.kill_postgres()
            time.sleep(self._chance.uniform(0.2, 1.0))
            self._cluster.start_postgres()
        else:
            self._kill_process(kind)
        self.tally.kills[kind] += 1

    def _kill_process(self, service: str) -> None:
        names = [n for n in self._cluster.names if n.rpartition("-")[0] == service]
        name = self._chance.choice(names)
        if service in ("score", "judge") and self._catch(names):
            return
        self._cluster.kill(name)
        time.sleep(self._chance.uniform(0.1, 0.8))
        self._cluster.start(name)

    def _catch(self, names: Sequence[str]) -> bool:
        """Kill one of the workers while it provably holds a batch; whether that came about."""
        until = time.monotonic() + HOLD_SECONDS
        while time.monotonic() < until:
            for name in names:
                if self._holding(name):
                    self._cluster.kill(name)
                    self.tally.caught[name.rpartition("-")[0]] += 1
                    self._cluster.start(name)
                    return True
            time.sleep(0.02)
        return False

    def _holding(self, name: str) -> bool:
        """Stop the worker and look: it stays stopped if it holds jobs, and goes on otherwise."""
        pid = self._cluster.pid(name)
        os.kill(pid, signal.SIGSTOP)
        held = leased(self._cluster.libpq)
        if any(f"-{pid}-" in owner for owner in held):
            return True
        os.kill(pid, signal.SIGCONT)
        return False
