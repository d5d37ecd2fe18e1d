"""Latency of GET /api/v1/series over millions of scores in SQLite and PostgreSQL: `make bench-series`.

Traffic of 400 days (see `bench.series.traffic`) is aggregated by `pipeline.series.recompute`, the first
40 days from their minutes and the others from their hours on (a day by minute is asked for in the first), once for
each number of scores; PostgreSQL gets the same rows. Then `faithline serve` answers random windows and slices over
HTTP. The baseline, in the same run and on the same scores, is the plainest alternative: a table of scores with an
index on time, and one GROUP BY (which gives a mean without an interval). How fast minutes are recomputed as scores
trickle in is measured on the real tables (`bench.series.trickle`).

`--short` takes 20,000 and 200,000 scores; `--folder` keeps the databases for another run.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg

from bench.series.data import FINE, aggregate, copy_rollups, fill_plain, prepare
from bench.series.traffic import DAYS, FIRST, VALUES
from bench.series.trickle import trickle
from bench.servers.postgres import libpq_address, postgres, store_url
from bench.servers.serving import Served, serving
from evaluator.store.engine import is_sqlite, sqlite_path
from evaluator.store.types import to_micros

QUERIES = (
    ("day by minute", "minute", 1, FINE),
    ("month by hour", "hour", 30, DAYS),
    ("year by day", "day", 365, DAYS),
)
"""Name, grain, days of the window, and the days that it lies in."""
WIDTHS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
IDLE = 2.0
"""Seconds in which it is seen what the server does without requests."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Ask:
    """One request."""

    grain: str
    start: datetime
    end: datetime
    slice: dict[str, str]

    @property
    def path(self) -> str:
        names = {f"slice.{name}": value for name, value in self.slice.items()}
        times = {"from": self.start.isoformat(), "to": self.end.isoformat()}
        return "/api/v1/series?" + urlencode({"grain": self.grain, **times, **names})


@dataclass(frozen=True)
class Row:
    """One line of the table; times in milliseconds."""

    database: str
    scores: int
    query: str
    slices: int
    points: int
    median: float
    high: float
    processor: float
    """Processor time of the server for one request, beyond what it does anyway."""
    plain: float


def ask(rng: random.Random, grain: str, length: int, within: int, slices: int) -> Ask:
    """A random window of `length` days by a random slice of so many dimensions."""
    last = (timedelta(days=within - length)) // WIDTHS[grain]
    start = FIRST + rng.randint(0, last) * WIDTHS[grain]
    names = rng.sample(list(VALUES), slices)
    chosen = {name: rng.choice(VALUES[name])[0] for name in names}
    return Ask(grain, start, start + timedelta(days=length), chosen)


def measure(served: Served, name: str, asks: list[Ask]) -> tuple[int, float, float, float]:
    """(points in the middle, median, 95th percentile, processor time) of requests over one connection, in ms."""
    url = urlsplit(served.address)
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 80, timeout=120)
    times, points = [], []
    idle = processor(served.process.pid)
    time.sleep(IDLE)
    before, started = processor(served.process.pid), time.perf_counter()
    for one in asks:
        began = time.perf_counter()
        connection.request("GET", one.path)
        answer = connection.getresponse()
        body = answer.read()
        times.append(1e3 * (time.perf_counter() - began))
        if answer.status != 200:
            raise RuntimeError(f"{name}: {answer.status} {body[:300]!r}")
        points.append(body.count(b'"start"'))
    beside = (before - idle) / IDLE * (time.perf_counter() - started)
    spent = 1e3 * (processor(served.process.pid) - before - beside) / len(asks)
    connection.close()
    times.sort()
    return int(statistics.median(points)), statistics.median(times), times[int(0.95 * len(times))], spent


def processor(pid: int) -> float:
    """Processor seconds that a process has used. Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def grouped(url: str, one: Ask) -> float:
    """Milliseconds of the baseline: means by bucket, straight from the scores."""
    mark = "?" if is_sqlite(url) else "%s"
    width = to_micros(one.start + WIDTHS[one.grain]) - to_micros(one.start)
    where = "".join(f" AND {name} = {mark}" for name in one.slice)
    text = (
        f"SELECT at / {width}, count(*), sum(weight * bad) / sum(weight) FROM plain_score "
        f"WHERE at >= {mark} AND at < {mark}{where} GROUP BY 1"
    )
    values = (to_micros(one.start), to_micros(one.end), *one.slice.values())
    began = time.perf_counter()
    if is_sqlite(url):
        with sqlite3.connect(sqlite_path(url)) as db:
            db.execute(text, values).fetchall()
    else:
        with psycopg.connect(libpq_address(url)) as connection:
            connection.execute(text, values).fetchall()
    return 1e3 * (time.perf_counter() - began)


def rows_of(database: str, url: str, scores: int, repeats: int, folder: Path) -> Iterator[Row]:
    """Ask the service and the baseline the same things."""
    rng = random.Random(scores)
    with serving(folder, database_url=url) as served:
        for name, grain, length, within in QUERIES:
            for slices in (0, 2):
                asks = [ask(rng, grain, length, within, slices) for _ in range(repeats)]
                measure(served, name, asks[:5])
                found = measure(served, name, asks)
                plain = min(grouped(url, one) for one in asks[:2])
                yield Row(database, scores, name, slices, *found, plain)


def built(folder: Path, scores: int) -> Path:
    """The SQLite database of so many scores, made unless it is there; prints what its aggregation took."""
    path, note = folder / str(scores) / "serve.db", folder / str(scores) / "aggregated.json"
    if not (folder / str(scores) / "complete").exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{path}"
        done, seconds = aggregate(url, prepare(url), scores)
        note.write_text(json.dumps({"scores": done, "seconds": seconds}))
        fill_plain(url, scores)
        (path.parent / "complete").touch()
    said = json.loads(note.read_text())
    rate, size = said["scores"] / said["seconds"], path.stat().st_size / 1e6
    print(f"{scores:,} scores, {size:,.0f} MB: from the cells of minutes of {FINE} days ({said['scores']:,} scores) "
          f"to what is read took {said['seconds']:.0f} s of processor time ({rate:,.0f} scores/s)")  # fmt: skip
    return path


def run(folder: Path, sizes: tuple[int, int], repeats: int) -> Iterator[Row]:
    """Every row, smaller size first."""
    paths = [built(folder, scores) for scores in sizes]
    print("\n|", " | ".join(HEAD), "|\n" + "|---" * len(HEAD) + "|")
    for scores, path in zip(sizes, paths, strict=True):
        yield from rows_of("SQLite", f"sqlite:///{path}", scores, repeats, path.parent)
    with postgres() as server:
        for scores, path in zip(sizes, paths, strict=True):
            url = store_url(server.database(f"series_{scores}"))
            prepare(url)
            copy_rollups(path, url)
            fill_plain(url, scores)
            yield from rows_of("PostgreSQL", url, scores, repeats, path.parent)
        for url in (f"sqlite:///{folder / 'trickle.db'}", store_url(server.database("trickle"))):
            print("\n" + trickle(url))
    (folder / "trickle.db").unlink()


HEAD = ("database", "scores", "query", "slices", "points", "p50 ms", "p95 ms", "server cpu ms", "p95 to a tenth",
        "cpu to a tenth", "plain GROUP BY ms", "plain to p50")  # fmt: skip


def show(rows: Iterable[Row]) -> None:
    """The lines of the table as they come."""
    before: dict[tuple[str, str, int], Row] = {}
    for r in rows:
        smaller = before.get((r.database, r.query, r.slices))
        before[r.database, r.query, r.slices] = r
        cells = (
            r.database, f"{r.scores:,}", r.query, str(r.slices), str(r.points), f"{r.median:.1f}", f"{r.high:.1f}",
            f"{r.processor:.1f}", f"{r.high / smaller.high:.2f}" if smaller else "–",
            f"{r.processor / smaller.processor:.2f}" if smaller else "–", f"{r.plain:,.0f}",
            f"{r.plain / r.median:,.1f}",
        )  # fmt: skip
        print("|", " | ".join(cells), "|", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scores", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    scores = 200_000 if arguments.short else arguments.scores
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.folder or Path(name)
        show(run(folder, (scores // 10, scores), 20 if arguments.short else arguments.repeats))
    print(f"\n{os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f}: a machine that does other work, too, "
          "shows in p50 and p95; processor time of the server shows it less.")  # fmt: skip


if __name__ == "__main__":
    main()
