"""What a project scores until it says otherwise.

A stratum that is taken whole does not weigh more for it: each of its traces stands for itself alone, one of the rest
for one over their rate (`pipeline.series.recompute`).
"""

from __future__ import annotations

from typing import Any

ATTENTION: list[dict[str, Any]] = [
    {"name": "errors", "when": [{"field": "status", "value": "error"}], "rate": 1.0},
    {"name": "thumbs-down", "when": [{"field": "feedback", "op": "lt", "value": 0}], "rate": 1.0},
]
"""The strata that are always looked at."""

STARTER_RULES: tuple[dict[str, Any], ...] = tuple(
    {
        "name": name,
        "description": description,
        "evaluator": evaluator,
        "strata": ATTENTION,
        "rate": rate,
    }
    for name, evaluator, rate, description in (
        ("hallucination", "faithfulness", 0.25, "Claims that the retrieved context does not support."),
        ("relevance", "answer_relevance", 0.25, "Answers that do not speak to the question."),
        ("toxicity", "toxicity", 0.25, "Toxic answers."),
    )
)
"""What a project scores until it says otherwise: every error and thumbs-down, a quarter of the rest."""
