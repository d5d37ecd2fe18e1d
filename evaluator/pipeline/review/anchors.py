"""Anchors: every evaluator version that is active for a criterion scores each sample that people are asked about.

Where there is an outcome already it is taken over; where there is none a job is queued, behind all that comes in and
paid for by the rule's budget as any other. Its purpose is ``anchor``, so that it counts in no rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from evaluator.core.outcome import Outcome, Score
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.review.anchors import Content
from evaluator.store.repositories.work.jobs import BACKFILL, Job
from evaluator.store.store import ProjectUnit, Unit
from evaluator.store.types import to_micros

PURPOSE = "anchor"
_KEY = ("target_kind", "target_id", "content_hash")


def anchor(
    unit: Unit, project: str, criterion: str, samples: Sequence[Mapping[str, Any]], now: datetime, own: str = ""
) -> int:
    """See to it that every evaluator version of a criterion scores `samples`; returns how many jobs were queued.

    Samples are rows with `day`, `target_kind`, `target_id`, `content_hash`, `trace_id` and `at`. What `own`, the
    version that drew them, makes of them is taken over also where its rule has retired meanwhile. Safe to repeat.
    """
    versions: dict[str, StoredRule | None] = {own: None} if own else {}
    for rule in unit.of(project).rules.active():
        if rule.criterion.name == criterion:
            versions[rule.rule.fingerprint] = versions.get(rule.rule.fingerprint) or rule
    if not samples:
        return 0
    return sum(_anchor_by(unit, project, criterion, *version, samples, now) for version in versions.items())


def _anchor_by(
    unit: Unit, project: str, criterion: str, fingerprint: str, rule: StoredRule | None,
    samples: Sequence[Mapping[str, Any]], now: datetime,
) -> int:  # fmt: skip
    mine = unit.of(project)
    contents: dict[Content, Mapping[str, Any]] = {_content(s): s for s in samples}
    traces = {content: str(sample["trace_id"]) for content, sample in contents.items()}
    known = mine.anchors.outcomes(fingerprint, traces)
    there = {_content(row): row for row in known}
    mine.anchors.save([
        {"criterion": criterion, "fingerprint": fingerprint, "scored_at": row["created_at"]}
        | {name: row[name] for name in (*_KEY, "trace_id", "value", "label", "reason")}
        for row in there.values()
    ])  # fmt: skip
    missing = {content: trace for content, trace in traces.items() if content not in there}
    if not missing or rule is None:
        return 0
    waiting, kept = mine.anchors.waiting(fingerprint, missing), mine.anchors.kept(missing)
    jobs = [_job(project, rule, contents[c], now) for c in missing if c in kept and c not in waiting]
    unit.queue.add(jobs)
    return len(jobs)


def _content(row: Mapping[str, Any]) -> Content:
    return row["target_kind"], row["target_id"], row["content_hash"]


def _job(project: str, rule: StoredRule, sample: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {name: sample[name] for name in ("day", *_KEY, "trace_id")} | {
        "project": project,
        "fingerprint": rule.rule.fingerprint,
        "purpose": PURPOSE,
        "queue": rule.spec.resource.value,
        "budget": rule.rule.name if rule.rule.budget else "",
        "priority": to_micros(min(sample["at"], now)) + BACKFILL,
        "available_at": now,
        "created_at": now,
    }


def note_outcomes(mine: ProjectUnit, results: Sequence[tuple[Job, Outcome, bool]], now: datetime) -> None:
    """What reviewing makes of outcomes that are being saved, each with whether its sample is current: they become
    anchors where people are asked about their samples, and are noted where a standing wave waits for them."""
    mine.waves.note([
        {name: getattr(job, name) for name in ("fingerprint", "target_kind", "target_id", "day", "trace_id")}
        for job, _, current in results if current and job.purpose == "production"
    ])  # fmt: skip
    asked = mine.tasks.on_traces({job.trace_id for job, _, _ in results})
    if not asked:
        return
    about = {(r.rule.fingerprint, r.criterion.name) for r in mine.rules.active()}
    criteria: dict[Content, list[str]] = {}
    for criterion, *content in asked:
        criteria.setdefault(tuple(content), []).append(criterion)  # type: ignore[arg-type]
    mine.anchors.save([
        _row(job, outcome, now) | {"criterion": criterion}
        for job, outcome, _ in results
        for criterion in criteria.get((job.target_kind, job.target_id, job.content_hash), ())
        if (job.fingerprint, criterion) in about
    ])  # fmt: skip


def _row(job: Job, outcome: Outcome, now: datetime) -> dict[str, Any]:
    row = {name: getattr(job, name) for name in (*_KEY, "fingerprint", "trace_id")}
    said: dict[str, Any] = {"value": None, "label": None, "reason": None, "scored_at": now}
    if isinstance(outcome, Score):
        return row | said | {"value": outcome.value, "label": outcome.label}
    return row | said | {"reason": outcome.reason.value}


def anchor_new(
    unit: Unit, project: str, criterion: str, after: tuple[datetime, str] | None, limit: int, now: datetime
) -> tuple[tuple[datetime, str] | None, int]:
    """See to the anchors of up to `limit` tasks made after `after`; returns the last of them (None for none), and how
    many jobs were queued."""
    rows = unit.of(project).tasks.made_since(criterion, after, limit)
    if not rows:
        return None, 0
    queued = anchor(unit, project, criterion, [row for _, _, row in rows], now)
    return rows[-1][:2], queued
