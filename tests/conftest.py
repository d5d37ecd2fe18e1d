"""Databases for the tests: every store test runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.servers.postgres import Postgres, store_url
from bench.servers.redis import Redis
from evaluator.store import migrate
from evaluator.store.store import Store

if TYPE_CHECKING:
    from tests.support.doors import Doors

REAL_PARTS = ("postgres", "redis", "browser", "models")
MEMORY = Path("/dev/shm")
ENOUGH = 4 * 2**30
"""Bytes that must be free in memory before files of tests are kept there."""


def pytest_configure() -> None:
    """Files of tests lie in memory where there is enough, so that SQLite's commits wait for no disk."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH
    if roomy and os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") > ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI a test of a real part that skips itself has failed: nothing was tested."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and os.environ.get("CI") and any(item.get_closest_marker(m) for m in REAL_PARTS):
        report.outcome = "failed"
        report.longrepr = f"in CI a real part must be there: {report.longrepr}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A real PostgreSQL server for this session."""
    try:
        server = Postgres()
    except Exception as error:  # noqa: BLE001 - whatever kept it from starting
        pytest.skip(f"PostgreSQL does not start: {error}")
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Postgres) -> str:
    """The name of a migrated database that tests copy."""
    name = "faithline_template"
    migrate.upgrade(store_url(postgres_server.database(name)))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite database."""
    path = tmp_path / "test.db"
    for file in sqlite_template.parent.glob("template.db*"):
        shutil.copy(file, tmp_path / file.name.replace("template", "test"))
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: Postgres, postgres_template: str) -> Iterator[str]:
    """The address of a fresh PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield store_url(postgres_server.database(name, postgres_template))
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Redis-compatible server for this session, empty at its start."""
    server = Redis(tmp_path_factory.mktemp("redis"))
    try:
        server.start()
    except Exception as error:  # noqa: BLE001 - whatever kept it from starting
        pytest.skip(f"Redis does not start: {error}")
    yield server.url
    server.kill()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database: the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def doors(sqlite_url: str) -> Iterator[Doors]:
    """Two projects and their keys, on SQLite."""
    from tests.support.doors import open_doors  # here, as most tests do without the API

    opened = Store(sqlite_url)
    yield open_doors(opened)
    opened.close()
