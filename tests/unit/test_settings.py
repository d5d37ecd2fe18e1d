"""Variables of the environment that look like settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evaluator.bootstrap import unknown_variables, warn_of_variables

ROOT = Path(__file__).parents[2]


def test_a_variable_that_is_no_setting_is_told_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAITHLINE_RETENTION_DAY", "a secret")
    assert ("FAITHLINE_RETENTION_DAY", "Did you mean FAITHLINE_RETENTION_DAYS?") in unknown_variables(
        ["PATH", "FAITHLINE_RETENTION_DAY", "faithline_port"]
    )
    assert [name for name, _ in unknown_variables(["PATH", "faithline_port", "FAITHLINE_ZZZ"])] == ["FAITHLINE_ZZZ"]
    warn_of_variables()
    said = "".join(capsys.readouterr())
    assert "FAITHLINE_RETENTION_DAY" in said
    assert "a secret" not in said


def test_every_variable_that_is_named_anywhere_is_known() -> None:
    named = set[str]()
    for folder in ("", "docs", "scripts", "evaluator", "workers", "bench", "demo", "examples", "tests/support"):
        for path in (ROOT / folder).glob("**/*" if folder else "*"):
            if path.suffix in ("", ".md", ".py", ".sh", ".yml", ".yaml", ".html", ".toml") and path.is_file():
                named.update(re.findall(r"\bFAITHLINE_[A-Z_]+[A-Z]\b", path.read_text(errors="replace")))
    assert len(named) > 25
    assert [*unknown_variables(named)] == []


def test_what_kubernetes_says_of_a_service_is_no_setting_and_no_mistake() -> None:
    said = ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT_8000_TCP", "PORT_8000_TCP_ADDR")
    assert [*unknown_variables(f"FAITHLINE_{api}{name}" for name in said for api in ("", "API_"))] == []
