"""Where and how models run: values handed in by whoever starts the process. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from evaluator.core.errors import InvalidInput

DEFAULT_TOKEN_BUDGET = 8192
"""Padded tokens in one forward pass; more costs memory and is no faster on a CPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Settings that change where numbers are computed, never what they mean; so they are in no fingerprint.

    `embedder_path` is a folder holding `model.safetensors` and `vocab.txt` of the base embedder (its hash is
    checked all the same); `weights_path` a folder holding one folder for each trained model. `threads` is the
    number of torch threads (None: torch's own choice). `token_budget` is in padded tokens a forward pass.
    """

    embedder_path: str | None = None
    weights_path: str | None = None
    threads: int | None = None
    device: str = "cpu"
    token_budget: int = DEFAULT_TOKEN_BUDGET

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise InvalidInput("threads", f"must be 1 or more, got {self.threads}")
        if self.token_budget < 512:
            raise InvalidInput("token_budget", f"must be 512 or more, got {self.token_budget}")
