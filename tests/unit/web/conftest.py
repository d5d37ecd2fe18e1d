"""A house with data, the application over it, and a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from tests.support import seed
from tests.support.running import Running, application

CHROMIUM = os.environ.get("FAITHLINE_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Two weeks of scored traffic; no test changes it."""
    services = seed.open_house(tmp_path_factory.mktemp("house") / "house.db")
    seed.fill(services)
    yield services
    services.close()


@pytest.fixture
def empty_house(tmp_path: Path) -> Iterator[Services]:
    services = seed.open_house(tmp_path / "empty.db")
    yield services
    services.close()


@pytest.fixture(scope="session")
def client(house: Services) -> Iterator[TestClient]:
    with TestClient(application(house)) as found:
        yield found


@pytest.fixture(scope="session")
def site(house: Services) -> Iterator[str]:
    """The address of the pages over `house`."""
    with Running(house) as running:
        yield running.url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser; where there is none, the test is skipped, and fails in CI."""
    if not Path(CHROMIUM).exists():
        reason = f"no browser at {CHROMIUM}: apt-get install chromium, or set FAITHLINE_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


class Tab:
    """A page of the browser that keeps what went wrong in it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("dialog", self._dialog)
        page.on("requestfailed", self._failed)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def _dialog(self, dialog: Any) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _failed(self, request: Any) -> None:
        # A request that a newer one replaced was meant to end.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.problems.append(f"{request.url}: {request.failure}")

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.fixture
def open_tab(chromium: Any) -> Iterator[Any]:
    """Opens tabs: `open_tab(address, width=…, dark=…, zone=…)`. Any trouble in one fails the test at its end."""
    contexts: list[Any] = []
    tabs: list[Tab] = []

    def opened(address: str, *, width: int = 1280, dark: bool = False, zone: str = "UTC") -> Tab:
        viewport, scheme = {"width": width, "height": 900}, "dark" if dark else "light"
        context = chromium.new_context(viewport=viewport, color_scheme=scheme, locale="en-GB", timezone_id=zone)
        context.set_default_timeout(15_000)
        contexts.append(context)
        tab = Tab(context.new_page())
        tabs.append(tab)
        tab.page.goto(address)
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert [tab.problems for tab in tabs] == [[] for _ in tabs]
