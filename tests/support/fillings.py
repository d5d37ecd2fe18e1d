"""Databases that are filled once, and copied for every test that begins with the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from bench.servers.postgres import Postgres, store_url
from evaluator.store import migrate
from evaluator.store.store import Store


@dataclass(frozen=True, slots=True)
class Filling:
    """What the database of a test holds at its start.

    `fill` puts it into an empty one and returns what the test knows of it: something with a method ``over(store)``
    that gives the same over a copy. `name` tells it from other fillings.
    """

    name: str
    fill: Callable[[Store], Any]


class SqliteTemplates:
    """Files to copy."""

    def __init__(self, folder: Path) -> None:
        self.empty = folder / "empty.db"
        migrate.upgrade(f"sqlite:///{self.empty}")
        self._filled: dict[str, tuple[Path, Any]] = {}
        self._numbers = count()

    def copy(self, to: Path, filling: Filling | None = None) -> tuple[str, Any]:
        """The address of a copy at `to`, and what filling it has returned."""
        source, told = (self.empty, None) if filling is None else self._made(filling)
        shutil.copy(source, to)
        return f"sqlite:///{to}", told

    def _made(self, filling: Filling) -> tuple[Path, Any]:
        if filling.name not in self._filled:
            path = self.empty.with_name(f"filled-{next(self._numbers)}.db")
            shutil.copy(self.empty, path)
            self._filled[filling.name] = path, _filled(f"sqlite:///{path}", filling)
        return self._filled[filling.name]


class PostgresTemplates:
    """Databases of one server to copy."""

    def __init__(self, server: Postgres) -> None:
        self._server, self.empty = server, "faithline_template"
        migrate.upgrade(store_url(server.database(self.empty)))
        self._filled: dict[str, tuple[str, Any]] = {}
        self._numbers = count()

    def copy(self, to: str, filling: Filling | None = None) -> tuple[str, Any]:
        """The address of a copy that is named `to`, and what filling it has returned."""
        source, told = (self.empty, None) if filling is None else self._made(filling)
        return store_url(self._server.database(to, source)), told

    def _made(self, filling: Filling) -> tuple[str, Any]:
        if filling.name not in self._filled:
            name = f"{self.empty}_{next(self._numbers)}"
            url = store_url(self._server.database(name, self.empty))
            self._filled[filling.name] = name, _filled(url, filling)
        return self._filled[filling.name]


def _filled(url: str, filling: Filling) -> Any:
    store = Store(url)
    try:
        return filling.fill(store)
    finally:
        store.close()  # a copy is taken of what nobody is connected to
