"""Watches a scoring process from outside, and ends it when a batch outlives its limit or it outgrows its memory.

``python -I -S sentinel.py PID MEBIBYTES COMMAND…``: of the standard library only, so that it stays small. Standard
input is a pipe from the process: a line ``+ OWNER SECONDS`` begins a batch, ``- OWNER`` ends it, and when the pipe
closes this ends, too. COMMAND is told, as JSON on its standard input, whose batches are lost and why. A process that
is to be ended is stopped first, then COMMAND is told, then it is killed: in a container this dies with it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from contextlib import suppress

LOOK_SECONDS = 0.1
RECORD_SECONDS = 20.0
"""How long the process is kept, stopped, for what is lost to be written down (s)."""
ROOMY = 0.75
"""Share of the bound above which a process ends by itself between two batches: the next one needs room, too."""


class Sentinel:
    """The batches that are open in one process."""

    def __init__(self, pid: int, mebibytes: int, command: list[str]) -> None:
        self._pid, self._mebibytes, self._command = pid, mebibytes, command
        self._open: dict[str, tuple[float, float]] = {}
        """When each began, and how long it may take (s), by owner."""
        self._rest = b""
        self._asked = False

    def run(self) -> None:
        while self._listen(LOOK_SECONDS if self._open else None):
            if self._open:
                self._look()
            elif not self._asked and self._resident() > ROOMY * self._bound():
                self._asked = True
                self._send(signal.SIGTERM)
        if self._open:
            self._tell(dict.fromkeys(self._open, ("death", 0.0)))

    def _listen(self, seconds: float | None) -> bool:
        """Read what there is, waiting for so long; returns whether the process is still there."""
        if not select.select([0], [], [], seconds)[0]:
            return True
        found = os.read(0, 1 << 16)
        *lines, self._rest = (self._rest + found).split(b"\n")
        for line in lines:
            sign, owner, *limit = line.decode().split()
            if sign == "+":
                self._open[owner] = time.monotonic(), float(limit[0])
            else:
                self._open.pop(owner, None)
        return bool(found)

    def _look(self) -> None:
        if self._causes():
            self._send(signal.SIGSTOP)
            self._listen(0.0)  # the batch may have come to its end just now
            if causes := self._causes():
                self._tell(causes)
                self._open.clear()
            self._send(signal.SIGKILL if causes else signal.SIGCONT)

    def _send(self, number: int) -> None:
        if os.getppid() == self._pid:  # its id is nobody else's while it has a child
            with suppress(ProcessLookupError):
                os.kill(self._pid, number)

    def _causes(self) -> dict[str, tuple[str | None, float]]:
        """Why the process must end (a cause and the limit, or None) by owner; empty where all is well."""
        now = time.monotonic()
        late = {owner: limit for owner, (begun, limit) in self._open.items() if now - begun > limit}
        if late:
            return {owner: ("time", late[owner]) if owner in late else (None, 0.0) for owner in self._open}
        if self._resident() > self._bound():
            return dict.fromkeys(self._open, ("memory", float(self._mebibytes)))
        return {}

    def _bound(self) -> float:
        """(bytes)."""
        return self._mebibytes * 2.0**20 if self._mebibytes else float("inf")

    def _resident(self) -> int:
        """Memory that the process holds (bytes); 0 where the system does not tell."""
        try:
            with open(f"/proc/{self._pid}/statm") as statm:  # noqa: PTH123 - pathlib alone would double this process
                return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            return 0

    def _tell(self, causes: dict[str, tuple[str | None, float]]) -> None:
        import subprocess

        now = time.monotonic()
        lost = [
            {"owner": owner, "seconds": now - self._open[owner][0], "cause": cause, "limit": limit}
            for owner, (cause, limit) in causes.items()
        ]
        told = subprocess.Popen(self._command, stdin=subprocess.PIPE)
        # Past that it goes on by itself: perhaps it waits for the very process that is to be ended.
        with suppress(subprocess.TimeoutExpired, OSError):
            told.communicate(json.dumps(lost).encode(), RECORD_SECONDS)


def main() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # it ends with the process that it watches, not before
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    Sentinel(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]).run()


if __name__ == "__main__":
    main()
