"""docs/senders.md says what the table and the recordings say."""

from __future__ import annotations

from evaluator.ingest.senders.table import senders
from tests.senders.page import PAGE, page, seen


def test_the_page_is_what_the_table_and_the_recordings_say() -> None:
    made = page()
    assert "| ✗ " not in made, "what was sent is lost"
    assert PAGE.read_text(encoding="utf-8") == made, "make it anew: python -m tests.senders.page"


def test_what_was_recorded_is_said_to_be() -> None:
    recorded = {sender.id for sender in senders() if seen(sender)}
    assert {sender.id for sender in senders() if sender.seen.how == "recorded"} - {"faithline"} <= recorded
