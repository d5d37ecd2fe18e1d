"""Which evaluator versions judge by a criterion, and what each makes of the samples that people judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

import numpy as np

from evaluator.core.criterion import Criterion, Scale
from evaluator.core.evaluator import EvaluatorSpec
from evaluator.core.outcome import SKIPS, Score
from evaluator.core.unknown import unknown
from evaluator.pipeline.calibration.judged import Judged, JudgedSample, read_judged
from evaluator.pipeline.catalog.rules import NO_RULES
from evaluator.pipeline.catalog.shown import shown_as_examples
from evaluator.stats.agreement.pairs import CUT, Pairs
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.review.anchors import Content
from evaluator.store.store import ProjectUnit


@dataclass(frozen=True, slots=True)
class Version:
    """An evaluator version that judges by a criterion. Two rules that pin the same one and draw the line between good
    and bad elsewhere are two versions here."""

    rule: StoredRule
    """The newest that pins it."""
    rules: tuple[str, ...]
    """The names of all that do, or did; those that do first, as others of these names may pin another by now."""
    active: bool

    @property
    def fingerprint(self) -> str:
        return self.rule.rule.fingerprint

    @property
    def criterion(self) -> Criterion:
        return self.rule.criterion

    @property
    def spec(self) -> EvaluatorSpec:
        return self.rule.spec


@dataclass(frozen=True, slots=True)
class Paired:
    """Judged samples with what a version makes of them."""

    pairs: Pairs
    samples: list[JudgedSample]
    """[n] one for each pair."""
    unscored: int = 0
    """Judged samples that the version has not scored, or not as they were when they were judged."""
    failed: int = 0
    skipped: int = 0
    """The evaluator finds nothing to judge in them."""


def versions_of(rules: Sequence[StoredRule], criterion: str) -> list[Version]:
    """Every version under a criterion: active ones first, and among them the newest. `rules` are all versions of all
    rules, the newest first."""
    by_key: dict[tuple[str, Criterion], list[StoredRule]] = {}
    for rule in rules:
        if rule.criterion.name == criterion:
            by_key.setdefault((rule.rule.fingerprint, rule.criterion), []).append(rule)
    found = []
    for same in by_key.values():
        active = [rule for rule in same if rule.retired_at is None]
        names = tuple(dict.fromkeys(rule.rule.name for rule in (*active, *same)))
        found.append(Version((active or same)[0], names, bool(active)))
    return sorted(found, key=lambda version: not version.active)


def rule_named(rules: Sequence[StoredRule], name: str) -> StoredRule:
    """The active version of a rule, else its newest. `rules` are all versions of all rules, the newest first.

    Raises:
        InvalidInput: the project never had a rule of this name.
    """
    mine = [rule for rule in rules if rule.rule.name == name]
    if not mine:
        raise unknown("rule", name, "a rule of this project", {r.rule.name for r in rules}, NO_RULES)
    return next((rule for rule in mine if rule.retired_at is None), mine[0])


@dataclass(frozen=True, slots=True)
class Known:
    """What people and every evaluator version said of the samples of a criterion."""

    judged: Judged
    scores: dict[str, dict[Content, Mapping[str, Any]]]
    """Anchors by fingerprint and content."""

    @classmethod
    def read(cls, mine: ProjectUnit, criterion: str, start: datetime | None, end: datetime | None) -> Known:
        """Of traces that began in [start, end)."""
        judged = read_judged(mine, criterion, start, end)
        scores: dict[str, dict[Content, Mapping[str, Any]]] = {}
        for row in mine.asked.scores(criterion, [sample.target for sample in judged.samples]):
            content = (row["target_kind"], row["target_id"], row["content_hash"])
            scores.setdefault(row["fingerprint"], {})[content] = row
        for fingerprint, own in scores.items():
            shown = shown_as_examples(mine, fingerprint)
            for content in [content for content in own if content[:2] in shown]:
                del own[content]
        return cls(judged, scores)

    def paired(self, version: Version) -> Paired:
        """The samples that people judged, with what a version makes of them."""
        return _paired(version, self.judged.samples, self.scores.get(version.fingerprint, {}))


Read = Callable[[str, datetime | None, datetime | None], Known]
"""`Known.read` of a project; whoever asks for several answers reads once for all of them."""


def _paired(version: Version, samples: Sequence[JudgedSample], scores: Mapping[Content, Mapping[str, Any]]) -> Paired:
    """The samples that a version has scored as they were judged; what has no score is counted by its reason."""
    left, kept = Counter[str](), list[tuple[JudgedSample, Mapping[str, Any]]]()
    for sample in samples:
        row = scores.get((*sample.target, sample.content))
        why = _why_not(row)
        if why is None and row is not None:
            kept.append((sample, row))
        else:
            left[why or ""] += 1
    criterion, scale = version.criterion, version.spec.scale
    said = [Score(value=row["value"], label=row["label"]) for _, row in kept]
    pairs = Pairs.of(
        [scale.badness(score.value) for score in said],
        [criterion.judged(sample.bad) for sample, _ in kept],
        flagged=[is_flagged(score, criterion, scale) for score in said],
        weight=[sample.weight for sample, _ in kept],
        cluster=np.asarray([sample.cluster for sample, _ in kept], dtype=np.str_),
    )
    return Paired(pairs, [sample for sample, _ in kept], left["unscored"], left["failed"], left["skipped"])


def is_flagged(score: Score, criterion: Criterion, scale: Scale) -> bool:
    """Whether a score is a verdict of bad by the criterion; from `CUT` on where that draws no line."""
    return criterion.bad(score, scale) >= CUT


def _why_not(row: Mapping[str, Any] | None) -> str | None:
    """Why a version has no score of a sample."""
    if row is None:
        return "unscored"
    if row["reason"] is not None:
        return "skipped" if row["reason"] in SKIPS else "failed"
    return None if row["value"] is not None and isfinite(row["value"]) else "unscored"
