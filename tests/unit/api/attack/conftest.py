"""The attacks go at PostgreSQL, which refuses more than SQLite; the whole of them also at SQLite, in `make prove`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bench.servers.postgres import Postgres, store_url
from evaluator.core.access import Scope
from evaluator.store.store import Store
from tests.support.doors import OURS, Doors, open_doors

KINDS = [pytest.param("postgres", marks=pytest.mark.postgres), pytest.param("sqlite", marks=pytest.mark.prove)]


@pytest.fixture(scope="module", params=KINDS)
def doors(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Two projects, made once for all attacks of a file: none of them breaks what another looks at."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path_factory.mktemp("attack") / "attack.db"
        shutil.copy(template, path)
        store = Store(f"sqlite:///{path}")
    else:
        server: Postgres = request.getfixturevalue("postgres_server")
        template_name: str = request.getfixturevalue("postgres_template")
        name = "attack_" + request.module.__name__.rpartition(".")[2].lower()
        server.drop(name)
        store = Store(store_url(server.database(name, template_name)))
    yield open_doors(store)
    store.close()


@pytest.fixture(scope="module")
def client(doors: Doors) -> Iterator[TestClient]:
    """A client with an admin key of ours."""
    with doors.client() as found:
        found.headers.update(doors.bearer(OURS, Scope.ADMIN))
        yield found
