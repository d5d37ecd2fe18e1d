"""Where and how models run: values handed in by whoever starts the process. No torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from evaluator.core.errors import InvalidInput
from evaluator.models.encoder.precision import AUTO, PRECISIONS, Precision, resolved

DEFAULT_TOKEN_BUDGET = 4096
"""Tokens in one forward pass; more costs memory and is no faster on a CPU."""
DEFAULT_CACHE_BYTES = 64 * 1024 * 1024
"""About 40,000 sentence vectors, or 600 golden responses' token states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Settings that change where numbers are computed. All but `precision` never change what they are.

    `embedder_path` is a folder holding `model.safetensors` and `vocab.txt` of the base embedder (its hash is
    checked all the same); `weights_path` a folder holding one folder for each trained model, where a name is looked
    for before the shipped ones. `threads` is the number of torch threads (None: torch's own choice).
    `token_budget` is in tokens a forward pass, `cache_bytes` what computed vectors may occupy (0: none are kept).

    `precision` is what evaluators made from now on compute in ("auto": what each model declares). An evaluator pins
    it in its parameters, hence in its fingerprint; a rule that was pushed keeps its own, whatever stands here.
    """

    embedder_path: str | None = None
    weights_path: str | None = None
    threads: int | None = None
    device: str = "cpu"
    token_budget: int = DEFAULT_TOKEN_BUDGET
    cache_bytes: int = DEFAULT_CACHE_BYTES
    precision: Literal["auto", "fp32", "bf16"] = AUTO

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise InvalidInput("threads", f"must be 1 or more, got {self.threads}")
        if self.token_budget < 512:
            raise InvalidInput("token_budget", f"must be 512 or more, got {self.token_budget}")
        if self.cache_bytes < 0:
            raise InvalidInput("cache_bytes", f"must be 0 or more, got {self.cache_bytes}")
        if self.precision not in (AUTO, *PRECISIONS):
            known = ", ".join((AUTO, *PRECISIONS))
            raise InvalidInput("precision", f"must be one of {known}, got {self.precision!r}")

    def at(self, asked: str | None, declared: Precision) -> Runtime:
        """This runtime with a definite precision: the one `asked` for, else this one's, else the `declared` one.

        Raises:
            InvalidInput: naming ``parameters.precision``.
        """
        return replace(self, precision=resolved(asked, self.precision, declared))
