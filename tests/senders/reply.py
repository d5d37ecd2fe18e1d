"""What the models say: to each turn of the scenario its reply, whatever the protocol.

A request is known by the last question that a user asks in it. Where the turn has a tool, the tool is on offer and
its output is not there yet, the reply asks for it; else it is the answer. A request that holds no question of the
scenario (an SDK's own errand: a title, a plan) is told "Done."
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.senders.desk.scenario import TRIAGE, TURNS

CALL_ID = "call_7Qx2"


@dataclass(frozen=True)
class Reply:
    """What a model says: a text, or the arguments of the tool that it asks for, and the tokens that it counts."""

    text: str | None
    arguments: dict[str, Any] | None
    taken: int
    given: int


def reply(users: list[str], *, tools: bool, outputs: int) -> Reply:
    """The reply to a prompt (its user messages, oldest first) with `outputs` tool outputs since the last of them."""
    for turn in [TRIAGE, *reversed(TURNS)]:
        if users and turn["question"] in users[-1]:
            if "call" in turn and tools and not outputs:
                first = turn["usage"][0]
                return Reply(None, turn["call"]["arguments"], first["input"], first["output"])
            last = turn["usage"][-1]
            return Reply(turn["answer"], None, last["input"], last["output"])
    return Reply("Done.", None, 19, 3)


def text_of(content: Any) -> str:
    """The text of a message's content, which is a text or a list of parts."""
    if isinstance(content, list):
        return "\n".join(part.get("text") or "" for part in content if isinstance(part, dict))
    return content or ""


def pieces(text: str | None) -> list[str]:
    """A text in pieces of six words, as a stream brings it."""
    words = text.split(" ") if text else []
    cut = [" ".join(words[i : i + 6]) for i in range(0, len(words), 6)]
    return [piece if not i else f" {piece}" for i, piece in enumerate(cut)]
