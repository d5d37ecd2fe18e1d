"""What tests of the commands share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def own_house(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands find an empty database, and nothing of whoever runs the tests."""
    monkeypatch.setenv("FAITHLINE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("FAITHLINE_STARTER_RULES", "false")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
