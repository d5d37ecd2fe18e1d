"""``python -m bench.servers.judge --port 8791 --latency 0.2 --error 0.01``: the stand-in as a process."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

import uvloop

from bench.servers.judge.behaviour import Behaviour, numbers
from bench.servers.judge.ledger import Ledger
from bench.servers.judge.server import JudgeServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.servers.judge")
    parser.add_argument("--port", type=int, default=0, help="0: one that the system picks")
    parser.add_argument("--log", type=Path, help="charges are appended to this file, a JSON object a line")
    parser.add_argument("--price-input", type=float, default=1.0, help="US dollars for a million tokens")
    parser.add_argument("--price-output", type=float, default=2.0)
    parser.add_argument("--retry-after", default="1", help="header of a 429; empty leaves it out")
    parser.add_argument("--max-concurrency", type=int)
    parser.add_argument("--requests-per-minute", type=float)
    for name, default in numbers():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    given = vars(parser.parse_args())
    port, ledger = given.pop("port"), Ledger(given.pop("price_input"), given.pop("price_output"), given.pop("log"))
    given["retry_after"] = given["retry_after"] or None
    uvloop.run(serve(JudgeServer(Behaviour(**given), ledger), port))


async def serve(served: JudgeServer, port: int) -> None:
    """Until SIGTERM or SIGINT."""
    server, ended = await served.start(port=port), asyncio.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(kind, ended.set)
    print(f"listens on {served.address}", flush=True)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    main()
