"""What the detector says of answers of many kinds: ``python -m bench.detect.kinds``.

The cases in `kinds.yaml` were written for this table, and nothing was trained or tuned on them. Nearly every kind has
an answer that its context carries and one that it does not; a refusal or a question back claims nothing and is never
bad.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import yaml

from evaluator.core.evaluator import sample_of
from evaluator.core.outcome import Outcome, Score
from evaluator.core.trace import Sample
from evaluator.evaluators import registry
from evaluator.models.files.manifest import BUNDLED

MODELS = tuple(name for name in BUNDLED if name.startswith("faithfulness-"))


class Case(NamedTuple):
    """An answer beside its context, and whether it is bad."""

    kind: str
    bad: bool
    sample: Sample


def read_cases() -> list[Case]:
    """The cases of `kinds.yaml`, in order."""
    groups = yaml.safe_load((Path(__file__).parent / "kinds.yaml").read_text(encoding="utf-8"))
    return [
        Case(one["kind"], one["bad"], sample_of(one["question"], one["answer"], [group["context"]]))
        for group in groups
        for one in group["answers"]
    ]


def _score(outcome: Outcome) -> Score:
    if not isinstance(outcome, Score):
        raise RuntimeError(f"a case has no score: {outcome}")
    return outcome


def main() -> None:
    """Command line."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    cases, found = read_cases(), {}
    for name in MODELS:
        evaluator = registry.create("faithfulness", {"model": name})
        evaluator.open()
        found[name] = [_score(outcome) for outcome in evaluator.score([case.sample for case in cases])]
    print(f"{'kind':20s} {'truth':5s} " + " ".join(f"{name:24s}" for name in MODELS))
    for place, case in enumerate(cases):
        row = " ".join(f"{found[name][place].value:.2f} {found[name][place].label or '':19s}" for name in MODELS)
        print(f"{case.kind:20s} {'bad' if case.bad else 'good':5s} {row}")
    for name, scores in found.items():
        right = sum((one.label != "faithful") == case.bad for one, case in zip(scores, cases, strict=True))
        print(f"{name}: {right} of {len(cases)} called as they are")


if __name__ == "__main__":
    main()
