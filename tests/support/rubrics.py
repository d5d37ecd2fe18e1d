"""A small rubric that can be changed field by field."""

from __future__ import annotations

from typing import Any

CURT: dict[str, Any] = {"label": "curt", "value": 0, "description": "Unfriendly words."}
POLITE: dict[str, Any] = {"label": "polite", "value": 1, "description": "Nobody would mind."}
POLITENESS: dict[str, Any] = {
    "name": "politeness",
    "title": "Politeness",
    "description": "Whether the answer is polite.",
    "criterion": {"name": "toxic", "bad_when": "The words would hurt."},
    "inputs": ["question", "answer"],
    "scale": {"type": "binary", "choices": [POLITE, CURT]},
    "instructions": "Judge the words, not the news that they bring.",
    "examples": [{"question": "Why?", "answer": "Because.", "label": "curt", "explanation": "One word."}],
}
"""Its criterion is a shipped one, which has other labels."""


def politeness(**changes: Any) -> dict[str, Any]:
    """`POLITENESS` with some fields of its own; those of `scale` are laid over it."""
    scale = POLITENESS["scale"] | changes.pop("scale", {})
    return POLITENESS | {"scale": scale} | changes


def example(**changes: Any) -> dict[str, Any]:
    """The example of `POLITENESS` with some fields changed; those that are None are left out."""
    fields = POLITENESS["examples"][0] | changes
    return {name: value for name, value in fields.items() if value is not None}


def choice(label: str, value: float, description: str | None = None) -> dict[str, Any]:
    return {"label": label, "value": value, "description": description or f"It is {label}, by {value}."}
