"""Prompt injection: attempts to redirect the model, in what it was asked and in what was retrieved for it."""

from __future__ import annotations

from evaluator.core.criterion import Criterion
from evaluator.core.evaluator import EvaluatorSpec
from evaluator.evaluators.windowed import WorstWindow, shipped_threshold
from evaluator.models.files.manifest import INJECTION, PROMPT_INJECTION

ATTACK, SAFE = "attack", "safe"
_WHAT = (
    "to override the application's instructions, extract its prompt, lift its restrictions or forge its messages "
    "and tool calls"
)

_UNSAID = {"model": "injection-minilm-v1"}
"""Versions that do not name their model have this one."""


class PromptInjectionEvaluator(WorstWindow):
    """P(the question tries to redirect the model)."""

    model, label, unsaid = PROMPT_INJECTION, ATTACK, _UNSAID
    field = "question"
    spec = EvaluatorSpec(
        name="prompt_injection",
        version="1",
        title="Prompt injection",
        description=(
            "A classifier reads all of the question in overlapping windows; the value is the highest probability "
            f"that one of them tries {_WHAT}."
        ),
        needs=("question",),
        labels=(SAFE, ATTACK),
        criterion=Criterion(name="attack", threshold=shipped_threshold(PROMPT_INJECTION, ATTACK)),
    )


class ContextInjectionEvaluator(WorstWindow):
    """P(a retrieved passage tries to redirect the model)."""

    model, label, unsaid = INJECTION, ATTACK, _UNSAID
    field = "context"
    spec = EvaluatorSpec(
        name="context_injection",
        version="1",
        title="Injection in the context",
        description=(
            "A classifier reads every retrieved passage in overlapping windows; the value is the highest "
            f"probability that one of them tries {_WHAT}. The details name the worst passage."
        ),
        needs=("context",),
        labels=(SAFE, ATTACK),
        criterion=Criterion(name="injected_context", threshold=shipped_threshold(INJECTION, ATTACK)),
    )
