"""Labels of one's own: what they say, what they weigh, and which of them are never trained on. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluator.core.errors import InvalidInput
from evaluator.core.ids import uniform
from evaluator.text.sentences import Span

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MIN_LABELS = 50
MIN_GROUPS = 10
"""Labels, and groups with a good and with a bad answer, that each of the two parts needs at least."""
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """An answer with a person's verdict.

    `spans` are the wrong characters of a bad answer, None where nobody marked them. `inclusion` is the probability
    in (0, 1] with which the answer was drawn to be labelled. Answers of one `group` are alike (they share a context,
    a user, a document): they stay on one side of every split.
    """

    answer: str
    passages: tuple[str, ...]
    bad: bool
    group: str
    spans: tuple[Span, ...] | None = None
    inclusion: float = 1.0


@dataclass(frozen=True, slots=True)
class Parts:
    """Labels that may be learned from, and labels that only compare."""

    training: tuple[Labelled, ...]
    held_out: tuple[Labelled, ...]


def is_bad(labels: Sequence[Labelled]) -> Bools:
    """The verdicts, [n]: True is bad."""
    return np.asarray([one.bad for one in labels], dtype=bool)


def design_weights(labels: Sequence[Labelled]) -> Floats:
    """1 / inclusion probability of each label (Horvitz and Thompson, 1952), with a mean of 1; [n]."""
    found = 1.0 / np.asarray([one.inclusion for one in labels], dtype=np.float64)
    weights: Floats = found / found.mean() if len(found) else found
    return weights


def group_places(labels: Sequence[Labelled]) -> npt.NDArray[np.int64]:
    """The number of each label's group, counted from 0 as they come; [n]."""
    numbers: dict[str, int] = {}
    return np.asarray([numbers.setdefault(one.group, len(numbers)) for one in labels], dtype=np.int64)


def split(labels: Sequence[Labelled], held_out: float, seed: int) -> Parts:
    """Whole groups, by their hash, into a training part and one that holds about the share `held_out` of them.

    Raises:
        InvalidInput: a part has too few labels, or too few groups with a good or with a bad answer.
    """
    parts = Parts(*_divided(labels, lambda group: uniform(f"held-out-{seed}", group) >= held_out))
    for name, part in (("training", parts.training), ("held-out", parts.held_out)):
        good, bad = (len({one.group for one in part if one.bad is kind}) for kind in (False, True))
        if len(part) < MIN_LABELS or min(good, bad) < MIN_GROUPS:
            raise InvalidInput(
                "labels",
                f"the {name} part has {len(part)} labels, {good} groups with a good answer and {bad} with a bad one, "
                f"and needs {MIN_LABELS} labels and {MIN_GROUPS} groups of each kind",
                "Label more answers, or change the share that is held out",
            )
    return parts


def inner_split(labels: Sequence[Labelled], share: float, seed: int) -> tuple[list[int], list[int]]:
    """Indices of whole groups, by their hash: those to learn from, and about `share` of them to stop by."""
    keep = [uniform(f"inner-{seed}", one.group) >= share for one in labels]
    return [i for i, k in enumerate(keep) if k], [i for i, k in enumerate(keep) if not k]


def folds(labels: Sequence[Labelled], seed: int) -> npt.NDArray[np.int64]:
    """The fold, from 0 to FOLDS - 1, of each label, by the hash of its group; [n]."""
    return np.asarray([int(FOLDS * uniform(f"fold-{seed}", one.group)) for one in labels], dtype=np.int64)


def _divided(
    labels: Sequence[Labelled], first: Callable[[str], bool]
) -> tuple[tuple[Labelled, ...], tuple[Labelled, ...]]:
    chosen = {group: first(group) for group in {one.group for one in labels}}
    return tuple(one for one in labels if chosen[one.group]), tuple(one for one in labels if not chosen[one.group])
