"""Databases for the tests: every store test runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bench.servers.postgres import Postgres
from bench.servers.redis import Redis
from evaluator.store.store import Store
from tests.support.fillings import Filling, PostgresTemplates, SqliteTemplates

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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests begin first, whatever the order: none is left at the end that others wait for."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


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
def postgres_templates(postgres_server: Postgres) -> PostgresTemplates:
    """Migrated databases that tests copy."""
    return PostgresTemplates(postgres_server)


@pytest.fixture(scope="session")
def postgres_template(postgres_templates: PostgresTemplates) -> str:
    """The name of an empty one."""
    return postgres_templates.empty


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplates:
    """Migrated databases that tests copy."""
    return SqliteTemplates(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def sqlite_template(sqlite_templates: SqliteTemplates) -> Path:
    """An empty one."""
    return sqlite_templates.empty


@pytest.fixture
def filling() -> Filling | None:
    """What the database of a test holds at its start: files whose tests begin with the same define it for themselves,
    and find in `begun` what filling it has returned."""
    return None


@pytest.fixture(scope="session")
def told_of() -> dict[str, Any]:
    """By the address of a database, what filling it has returned."""
    return {}


@pytest.fixture
def sqlite_url(
    sqlite_templates: SqliteTemplates, tmp_path: Path, filling: Filling | None, told_of: dict[str, Any]
) -> str:
    """The address of a SQLite database of the test's own."""
    url, told = sqlite_templates.copy(tmp_path / "test.db", filling)
    told_of[url] = told
    return url


@pytest.fixture
def postgres_url(
    postgres_server: Postgres, postgres_templates: PostgresTemplates, filling: Filling | None, told_of: dict[str, Any]
) -> Iterator[str]:
    """The address of a PostgreSQL database of the test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    url, told = postgres_templates.copy(name, filling)
    told_of[url] = told
    yield url
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
def begun(store: Store, told_of: dict[str, Any]) -> Any:
    """What the `filling` of the test's database has returned, over the copy."""
    return told_of[store.url].over(store)


@pytest.fixture
def doors(sqlite_templates: SqliteTemplates, tmp_path: Path) -> Iterator[Doors]:
    """Two projects and their keys, on SQLite."""
    from tests.support.doors import open_doors  # here, as most tests do without the API

    url, told = sqlite_templates.copy(tmp_path / "doors.db", Filling("doors", open_doors))
    opened = Store(url)
    yield told.over(opened)
    opened.close()
