"""The table that is shipped."""

from __future__ import annotations

from datetime import date

from evaluator.judges.prices import shipped, table


def test_every_row_is_whole_and_plausible() -> None:
    found = table()
    assert date.fromisoformat(found.as_of) <= date(2030, 1, 1)
    rows = [(host, name, row) for host, models in found.hosts.items() for name, row in models.items()]
    assert len(rows) > 30
    for host, name, row in rows:
        assert row.price is not None, (host, name)
        assert row.window, (host, name)
        assert 0 < row.price.input <= row.price.output <= 100, (host, name)
        assert row.price.cached is None or row.price.cached <= row.price.input, (host, name)


def test_a_dated_snapshot_is_its_model_and_nothing_else_is() -> None:
    host = "api.anthropic.com"
    assert shipped(host, "claude-haiku-4-5-20251001") == shipped(host, "claude-haiku-4-5") is not None
    assert shipped("api.openai.com", "gpt-4o-2024-05-13") != shipped("api.openai.com", "gpt-4o-2024-11-20")
    assert shipped(host, "claude-haiku-4-5-next") is None
    assert shipped("evil.example", "gpt-4o") is None
