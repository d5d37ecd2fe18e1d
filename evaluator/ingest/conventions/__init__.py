"""One file a convention; `read` asks all of them and keeps, for each fact, the first that says something."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from evaluator.core.bounds import MESSAGES
from evaluator.ingest.conventions.base import Convention, Facts, Message, merge
from evaluator.ingest.conventions.gen_ai import GenAi
from evaluator.ingest.conventions.generic import Generic, override
from evaluator.ingest.conventions.openinference import OpenInference

__all__ = ["CONVENTIONS", "Convention", "Facts", "Message", "read"]

# OpenInference first: its span kinds are finer, and a span that carries both says the same in both.
CONVENTIONS: tuple[Convention, ...] = (OpenInference(), GenAi(), Generic())


def read(body: Mapping[str, Any]) -> Facts:
    """What the body of a span says, in neutral words."""
    facts = merge([override(body), *(convention.read(body) for convention in CONVENTIONS)])
    if len(facts.input_messages) > MESSAGES.most:
        return dataclasses.replace(facts, input_messages=facts.input_messages[-MESSAGES.size :])
    return facts
