"""One file a convention, or one list of names; `read` asks all of them and keeps, for each fact, the first that says
something."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from evaluator.core.bounds import MESSAGES
from evaluator.ingest.conventions.base import Convention, Facts, Said, merge
from evaluator.ingest.conventions.gen_ai import GenAi
from evaluator.ingest.conventions.generic import Generic, Override
from evaluator.ingest.conventions.looks import completed
from evaluator.ingest.conventions.openinference import OpenInference
from evaluator.ingest.conventions.vendors import VENDORS

__all__ = ["CONVENTIONS", "Convention", "Facts", "Said", "read"]

# The products' own before GenAI: some of them write its operation names as they like, and mean their own kinds.
CONVENTIONS: tuple[Convention, ...] = (Override(), OpenInference(), *VENDORS, GenAi(), Generic())


def read(body: Mapping[str, Any]) -> Facts:
    """What the body of a span says, in neutral words."""
    said = Said(body)
    facts = completed(said, merge(convention.read(said) for convention in CONVENTIONS))
    if len(facts.input_messages) > MESSAGES.most:
        return dataclasses.replace(facts, input_messages=facts.input_messages[-MESSAGES.size :])
    return facts
