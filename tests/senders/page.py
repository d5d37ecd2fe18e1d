"""docs/senders.md: who sends traces, what of them arrives, and how that is known.

    python -m tests.senders.page        writes the page anew

What arrives is measured: every recording is replayed, and what Faithline makes of it is held against what the
application had.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evaluator.ingest.senders import sender_of
from evaluator.ingest.senders.model import Sender
from evaluator.ingest.senders.table import senders
from tests.support.recordings import FACTS, Recording, expected, found, recordings

PAGE = Path(__file__).parents[2] / "docs" / "senders.md"
_HEAD = """# Senders

Who sends traces, what of them arrives here, and how that is known. This page is made by `python -m
tests.senders.page` from the table of senders (`evaluator/ingest/senders/table.yaml`) and from recordings of
the real SDKs (`tests/recordings`, made anew by `make record-senders`); a test holds it against both.

A trace's sender is told from the instrumentation scopes of its spans, else from its attributes. It is shown
on the trace's page and in the list, and where a trace lacks its answer, its question or its passages, it
decides which remedy is named. Whoever is not in the table is read all the same, by the
[conventions](ingest.md#conventions) and by what a span looks like.

## How to send

*Recorded* was sent here by the real SDK, and is replayed in the tests. *Documented* is read as its maker
describes it, and has not been seen.

"""
_ARRIVES = """
## What arrives

Each recording is a help desk with two turns: a question about an order with two passages and a tool, and a
follow-up; or, where it is called *failure*, one question of which the model call fails. ✓: as the application
had it. –: the SDK does not send it in this set-up. (✓): sent, but in a place of another name, and found there.
✗: sent and not found.

"""
_TITLES = {
    "system_prompt": "instructions",
    "tool_output": "tool's output",
    "tool_call": "tool's call",
    "input_tokens": "tokens in",
    "output_tokens": "tokens out",
    "prompt_version": "prompt version",
}


def page() -> str:
    """The whole page."""
    rows = [_row(sender) for sender in senders()]
    head = ["sender", "seen", "read by", "where contents are missing", "pointed here"]
    facts = [_facts(recording) for recording in recordings()]
    titles = ["recording", *(_TITLES.get(fact, fact) for fact in FACTS)]
    return _HEAD + _table(head, rows) + _ARRIVES + _table(titles, facts) + "\n" + "\n".join(_missing()) + "\n"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def seen(sender: Sender) -> list[Recording]:
    """The recordings of a sender: those whose traces are told to be its."""
    return [recording for recording in recordings() if _sender(recording) == sender.id]


def _sender(recording: Recording) -> str | None:
    bodies = [part.body for parts in recording.parts().values() for part in parts.values()]
    named = sender_of(bodies)
    return named.id if named is not None else None


def _row(sender: Sender) -> list[str]:
    versions = dict.fromkeys(_version(recording) for recording in seen(sender))
    how = f"recorded: {', '.join(versions)}" if versions else "documented"
    name = f"{sender.title} (`{sender.id}`)"
    conventions = ", ".join(f"`{name}`" for name in sender.conventions)
    return [name, how, conventions, sender.contents, f"`{sender.setup.replace('{url}', 'http://HOST:8000')}`"]


def _version(recording: Recording) -> str:
    """The package that sends: the one that the recording is called after, else the first that it names."""
    packages = recording.said["packages"]
    package = next((name for name in packages if name in recording.name.split("-")), next(iter(packages)))
    return f"{package} {packages[package]}"


def _facts(recording: Recording) -> list[str]:
    return [f"`{recording.name}`", *(_cell(recording, fact) for fact in FACTS)]


def _cell(recording: Recording, fact: str) -> str:
    """What became of a fact in the traces of a recording."""
    marks = set(_marks(recording, fact))
    for mark in ("✗", "✓", "(✓)"):
        if mark in marks:
            return mark
    return "–"


def _marks(recording: Recording, fact: str) -> Iterator[str]:
    for said in recording.said["traces"]:
        trace = recording.traces[said["trace_id"]]
        wanted, anywhere = expected(said), expected(said | {"elsewhere": {}})
        if fact in wanted:
            yield "✓" if found(trace, fact, wanted[fact]) == wanted[fact] else "✗"
        elif fact in anywhere and found(trace, fact, anywhere[fact]) == anywhere[fact]:
            yield "(✓)"


def _missing() -> Iterator[str]:
    """Why facts are not sent, by recording."""
    yield "Why something is not sent, or where it stands:\n"
    for recording in recordings():
        reasons: dict[str, list[str]] = {}
        for said in recording.said["traces"]:
            for fact, why in {**said.get("not_sent", {}), **_elsewhere(said)}.items():
                facts = reasons.setdefault(str(why), [])
                facts += [] if fact in facts else [fact]
        if reasons:
            said_of = "; ".join(f"{', '.join(facts).replace('_', ' ')}: {why}" for why, facts in reasons.items())
            yield f"* `{recording.name}`: {said_of}"


def _elsewhere(said: dict[str, Any]) -> dict[str, str]:
    return {fact: f"in another place ({where})" for fact, where in said.get("elsewhere", {}).items()}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
