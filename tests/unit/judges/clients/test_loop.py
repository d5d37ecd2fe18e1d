"""One loop for all calls of a process, whoever asks."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bench.servers.judge.behaviour import Behaviour
from bench.servers.judge.server import judging
from evaluator.core.judge import JudgeReply
from evaluator.judges.clients.loop import THREAD, LoopThread
from tests.support.judge_calls import asked, asked_all, provider_at, request

T = TypeVar("T")


def test_results_and_errors_come_in_their_order() -> None:
    async def one(number: int) -> int:
        await asyncio.sleep(0.02 / (number + 1))
        if number == 1:
            raise ValueError("one")
        return number

    first, second, third = THREAD.run([one(0), one(1), one(2)])
    assert (first, third) == (0, 2)
    assert isinstance(second, ValueError)
    assert THREAD.run([]) == []


def test_threads_share_the_loop() -> None:
    async def where() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.extend(THREAD.run([where()]))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_a_thread_with_a_loop_of_its_own_waits() -> None:
    async def one() -> int:
        return 1

    async def within() -> list[int | BaseException]:
        return THREAD.run([one()])

    assert _in_a_loop_of_its_own(within()) == [1]


def test_another_loop_can_await_a_call() -> None:
    with judging() as served:
        client = provider_at(served).client()
        assert _in_a_loop_of_its_own(client.ask(request(), 5.0)).text


def _in_a_loop_of_its_own(work: Coroutine[object, object, T]) -> T:
    """In another thread, as browser tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as another:
        return another.submit(asyncio.run, work).result(30)


def test_calls_of_several_threads_run_at_once() -> None:
    with judging(Behaviour(latency=0.5)) as served:
        provider, found = provider_at(served), list[object]()
        work = [threading.Thread(target=lambda: found.extend(asked_all(provider, [request()]))) for _ in range(6)]
        started = time.monotonic()
        for thread in work:
            thread.start()
        for thread in work:
            thread.join(10)
        assert time.monotonic() - started < 2.5
    assert sum(isinstance(one, JudgeReply) for one in found) == 6


def test_a_process_that_was_forked_has_a_loop_of_its_own() -> None:
    with judging() as served:
        provider = provider_at(served)
        asked(provider)
        child = os.fork()
        if child == 0:  # pragma: no cover - in the child
            try:
                os._exit(0 if asked(provider, request("of the child")).text else 1)
            except BaseException:  # noqa: BLE001
                os._exit(2)
        deadline = time.monotonic() + 20
        while (done := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert done[0] == child
        assert os.waitstatus_to_exitcode(done[1]) == 0
        assert asked(provider).text
        assert served.calls == 3


def test_nothing_starts_before_it_is_used() -> None:
    before = threading.active_count()
    LoopThread()
    assert threading.active_count() == before


def test_a_process_ends_without_a_word() -> None:
    script = (
        "from bench.servers.judge.server import judging\n"
        "from tests.support.judge_calls import asked, provider_at\n"
        "manager = judging()\n"
        "served = manager.__enter__()\n"
        "print(asked(provider_at(served)).finish)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "stop\n", "")
