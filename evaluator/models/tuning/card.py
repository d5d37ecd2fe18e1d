"""What stands beside the weights of a model of one's own: its card and the comparison. No text of any label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluator.models.tuning.comparison import TIMES, Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """How a model came about: the sources by name and hash, the labels and bad ones of each part, the choices."""

    name: str
    began_as: str
    source: str
    training: tuple[int, int]
    held_out: tuple[int, int]
    seed: int
    share: float
    minutes: float
    weighted: bool
    """Whether the labels had inclusion probabilities that differ."""
    network: str
    """What became of the network: whether it was trained, and kept."""
    sentence_precision: float | None
    answer_precision: float
    threshold: float
    rate: float
    """The share of bad answers at which a score is a probability."""


def comparison(about: About, measures: Sequence[Measure]) -> dict[str, Any]:
    """The content of comparison.json."""
    return {
        "about": asdict(about),
        "held_out": {one.name: one._asdict() for one in measures},
        "interval": f"95 %, cluster bootstrap of {TIMES} samples, groups drawn whole",
    }


def card(about: About, measures: Sequence[Measure]) -> str:
    """The content of README.md, in Markdown."""
    rows = "\n".join(
        f"| {m.name} | {m.current:.3f} | {m.new:.3f} | {m.difference:+.3f} ({m.low:+.3f} to {m.high:+.3f}) "
        f"| {m.verdict} |"
        for m in measures
    )
    kept = "stayed as it was" if about.sentence_precision is None else f"{about.sentence_precision:g}"
    weights = "by 1 / inclusion probability" if about.weighted else "equally (no inclusion probabilities that differ)"
    return f"""# {about.name}

A faithfulness detector that `faithline train` fitted to labels, beginning as `{about.began_as}`.

- Labels: `{about.source}`; {about.training[0]} to learn from ({about.training[1]} bad), {about.held_out[0]} held out
  ({about.held_out[1]} bad), whole groups by hash (share {about.share:g}, seed {about.seed}). Weighted {weights}.
- Network: {about.network} (limit {about.minutes:g} minutes).
- Combination: ridge logistic regression around the former weights. Prior precision of the answer model
  {about.answer_precision:g} labels, of the sentence model: {kept}. A score is a probability where {about.rate:.1%} of
  the answers are bad, as of those that it was fitted to.
- Threshold: {about.threshold:g}, the best balanced accuracy on predictions out of their own fold.

## On the held-out labels

They were neither trained nor tuned on. In brackets a 95 % interval of the difference (cluster bootstrap).

| measure | {about.began_as} | {about.name} | difference | verdict |
|---|---|---|---|---|
{rows}

Three measures are three chances for a lucky verdict. What holds for these labels holds for traffic like theirs.
"""
