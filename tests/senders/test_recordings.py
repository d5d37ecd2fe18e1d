"""Recordings are those of the senders' entries, and their bytes hold what their `sender.json` says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.senders.catalogue import Sender, senders
from tests.senders.contents import traces
from tests.senders.facts import answer, missing
from tests.senders.record import RECORDINGS
from tests.senders.recorder import Request

ALL = senders()


def told(sender: Sender) -> dict[str, Any]:
    return dict(json.loads((RECORDINGS / sender.name / "sender.json").read_text(encoding="utf-8")))


def test_every_sender_has_a_recording_and_every_recording_a_sender() -> None:
    recorded = {path.parent.name for path in RECORDINGS.glob("*/sender.json")}
    assert recorded == {sender.name for sender in ALL}


@pytest.mark.parametrize("sender", ALL, ids=lambda sender: sender.name)
def test_a_recording_is_of_its_entry(sender: Sender) -> None:
    entry = told(sender)
    assert (entry["title"], entry["contents"]) == (sender.title, sender.contents)
    files = {path.name for path in (RECORDINGS / sender.name).iterdir()} - {"sender.json"}
    assert files == {request["file"] for request in entry["requests"]}


@pytest.mark.parametrize("sender", ALL, ids=lambda sender: sender.name)
def test_the_bytes_hold_the_facts_that_are_not_said_to_be_missing(sender: Sender) -> None:
    entry = told(sender)
    requests = [
        Request(r["path"], r["headers"], (RECORDINGS / sender.name / r["file"]).read_bytes())
        for r in entry["requests"]
    ]
    found = traces(requests)
    assert [trace.trace_id for trace in found] == [trace["trace_id"] for trace in entry["traces"]]
    for trace, said, turns in zip(found, entry["traces"], sender.traces, strict=True):
        answers = [answer(turn, sender.models) for turn in turns]
        assert said["answers"] == answers
        assert missing(answers, trace.values) == set(said["not_sent"])
