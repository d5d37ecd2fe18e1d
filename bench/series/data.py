"""The databases of the bench of series: rollups by the real aggregation, and the plain table of the baseline."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from bench.series.traffic import Day, days, labels
from bench.servers.postgres import libpq_address
from bench.stand_ins import PROJECT, pushed
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.recompute import recompute
from evaluator.stats.units import State
from evaluator.store import migrate
from evaluator.store.engine import is_sqlite, sqlite_path
from evaluator.store.store import Store
from evaluator.store.types import to_micros

FINE = 40
"""Days that have minutes, so that ten million scores are aggregated within an hour on two busy cores."""
PLAIN = """CREATE TABLE plain_score (at BIGINT, model TEXT, prompt_version TEXT, environment TEXT, service TEXT,
stratum TEXT, weight DOUBLE PRECISION, bad DOUBLE PRECISION)"""
INDEX = "CREATE INDEX ix_plain_score ON plain_score (at)"
ROLLUPS = {"rollup": 7, "rollup_slice": 10}
"""The tables that are read, and how many columns they have."""


def prepare(url: str) -> str:
    """An empty database at `url` with one rule; returns its series."""
    migrate.upgrade(url)
    store = Store(url)
    series = pushed(store, "cheap").series
    store.close()
    return series


def aggregate(url: str, series: str, scores: int) -> tuple[int, float]:
    """Run the aggregation over every day of the traffic: the first `FINE` from minutes on, the others from hours on.

    Returns the scores of the first and the processor seconds that they took.
    """
    store, done, seconds = Store(url), 0, 0.0
    for number, day in enumerate(days(scores)):
        cube, grain, began = day.cube(), Grain.MINUTE, time.process_time()
        if number >= FINE:
            grain = Grain.HOUR
            cube = cube.coarser(grain)
        with store.write() as unit:
            recompute(unit.of(PROJECT), series, cube.starts, cube, grain)
        if number < FINE:
            seconds += time.process_time() - began
            done += day.scored
    store.close()
    return done, seconds


def fill_plain(url: str, scores: int) -> None:
    """The same scores, one by one, in a table with an index on their time."""
    if is_sqlite(url):
        with sqlite3.connect(sqlite_path(url)) as db:
            db.execute(PLAIN)
            for day in days(scores):
                db.executemany("INSERT INTO plain_score VALUES (?, ?, ?, ?, ?, ?, ?, ?)", plain_rows(day))
            db.execute(INDEX)
        db.close()
        return
    with psycopg.connect(libpq_address(url)) as server:
        server.execute(PLAIN)
        with server.cursor().copy("COPY plain_score FROM STDIN (FORMAT binary)") as copy:
            copy.write(b"PGCOPY\n\xff\r\n\x00" + bytes(8))
            for day in days(scores):
                copy.write(packed_rows(day))
            copy.write(b"\xff\xff")
        server.execute(INDEX)
        server.commit()
        server.autocommit = True
        server.execute("VACUUM ANALYZE")


def plain_rows(day: Day) -> Iterator[tuple[Any, ...]]:
    """(time in microseconds, the values of the dimensions, stratum, weight, bad) of each scored trace."""
    names = labels()[0]
    scored = day.state == State.SCORED
    columns = (day.minute, day.label, 1 / day.probability, day.bad)
    for minute, label, weight, bad in zip(*(c[scored].tolist() for c in columns), strict=True):
        yield (to_micros(day.start + timedelta(minutes=minute)), *names[label], weight, bad)


def packed_rows(day: Day) -> bytes:
    """`plain_rows` in PostgreSQL's binary form, those of a label together."""
    scored, found = day.state == State.SCORED, []
    at = to_micros(day.start) + day.minute * 60_000_000
    for place, names in enumerate(labels()[0]):
        mine = scored & (day.label == place)
        texts = b"".join(len(n or "").to_bytes(4, "big") + (n or "").encode() for n in names)
        kind = [("columns", ">i2"), ("at_size", ">i4"), ("at", ">i8"), ("texts", f"V{len(texts)}"),
                ("weight_size", ">i4"), ("weight", ">f8"), ("bad_size", ">i4"), ("bad", ">f8")]  # fmt: skip
        rows = np.zeros(int(mine.sum()), dtype=kind)
        rows["columns"], rows["at"], rows["texts"] = 8, at[mine], np.void(texts)
        rows["at_size"] = rows["weight_size"] = rows["bad_size"] = 8
        rows["weight"], rows["bad"] = 1 / day.probability[mine], day.bad[mine]
        found.append(rows.tobytes())
    return b"".join(found)


def copy_rollups(sqlite: Path, url: str) -> None:
    """Bring what was aggregated into SQLite to PostgreSQL, byte by byte."""
    source = sqlite3.connect(sqlite)
    with psycopg.connect(libpq_address(url)) as target:
        for name, width in ROLLUPS.items():
            rows = source.execute(f"SELECT * FROM {name}")
            columns = ", ".join(f'"{column[0]}"' for column in rows.description)
            assert len(rows.description) == width
            with target.cursor().copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
    source.close()
