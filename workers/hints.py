"""Sends hints: Celery messages without payload, at most one waiting for each stage and never many in a queue."""

from __future__ import annotations

import threading

from celery import Celery
from redis import Redis

from evaluator.pipeline.schedule import entry_of
from workers.broker import ERRORS, PAUSE_SECONDS, Breaker

PREFIX = "faithline:hint:"
REPEAT_SECONDS = 5.0
"""A hint that nobody has taken is not sent again before (s)."""
MAX_QUEUED = 8
"""Where nobody listens, a queue holds no more hints than this."""

# The key stands for a hint that is on its way; who takes the hint removes it.
ADMIT = """
if redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[2]) then return 0 end
if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 1 end
return 0
"""


def task_name(stage: str) -> str:
    return f"faithline.{stage}"


class RedisHints:
    """Hints (`core.ports.Hints`) from a thread of its own, so that nobody ever waits for the broker. Thread-safe.

    A hint that can not be sent is kept, once for each stage, and sent when Redis answers again.
    """

    def __init__(self, app: Celery, client: Redis) -> None:
        self._app, self._client = app, client
        self._admit = client.register_script(ADMIT)
        self._breaker = Breaker("hints_not_sent")
        self._changed = threading.Condition()
        self._wanted: set[str] = set()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """Attempts to send a hint that failed so far."""
        return self._breaker.failures

    def wake(self, stage: str) -> None:
        with self._changed:
            self._wanted.add(stage)
            self._changed.notify()

    def taken(self, stage: str) -> None:
        """A hint was received: the next one may be sent at once."""
        if self._breaker.open:
            try:
                self._client.delete(PREFIX + stage)
            except ERRORS as error:
                self._breaker.failed(error)

    def waiting(self, queue: str) -> int:
        """How many hints wait in a queue; 0 where Redis does not answer."""
        if self._breaker.open:
            try:
                return int(self._client.llen(queue))
            except ERRORS as error:
                self._breaker.failed(error)
        return 0

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout=3)

    def _run(self) -> None:
        while (stages := self._next()) is not None:
            for stage in stages:
                if not self._send(stage):
                    with self._changed:
                        self._wanted.update(stages)
                        self._changed.wait_for(lambda: self._closed, PAUSE_SECONDS)
                    break

    def _next(self) -> list[str] | None:
        """The stages to wake, once there are any; None when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._wanted or self._closed)
            if self._closed:
                return None
            stages = sorted(self._wanted)
            self._wanted.clear()
            return stages

    def _send(self, stage: str) -> bool:
        queue = entry_of(stage).queue
        try:
            if self._admit(keys=[PREFIX + stage, queue], args=[int(REPEAT_SECONDS * 1000), MAX_QUEUED]):
                self._app.send_task(task_name(stage), queue=queue, ignore_result=True, retry=False)
        except ERRORS as error:
            self._breaker.failed(error)
            return False
        except Exception as error:  # noqa: BLE001 - kombu wraps what it meets; no hint is worth a thread
            self._breaker.failed(error)
            return False
        return True
