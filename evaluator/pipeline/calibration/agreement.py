"""How far evaluators agree with people, and people with each other: the one function behind every surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np

from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.slicing import SLICE_DIMENSIONS
from evaluator.core.unknown import unknown
from evaluator.pipeline.calibration import words
from evaluator.pipeline.calibration.judged import MOST, Asked, Judged
from evaluator.pipeline.calibration.versions import (
    Known,
    Paired,
    Read,
    Version,
    rule_named,
    versions_of,
)
from evaluator.pipeline.catalog.criteria import criteria_in_use, criterion_of
from evaluator.pipeline.catalog.rules import NO_RULES
from evaluator.stats.agreement.evaluator import Agreement, agreement, agreement_by
from evaluator.stats.agreement.overturned import Overturned, overturned
from evaluator.stats.agreement.pairs import VERDICTS
from evaluator.stats.agreement.people import PeopleAgreement, between_people
from evaluator.stats.agreement.resampling import REPLICATES
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.store import ProjectUnit, Unit

FIRST_CRITERION = "unfaithful"
"""What is shown where nobody says which criterion, and nobody was asked about any yet."""
MOST_VERSIONS = 8
MANY, FEWER_REPLICATES = 2000, 400
"""With more pairs than that, ends of intervals are told well enough by fewer replicates."""
BINS = 20
"""Of the histogram of scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceAgreement:
    """Of the samples that have `value` in a dimension; None where the sender did not say."""

    value: str | None
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionAgreement:
    """Of one evaluator version with people."""

    fingerprint: str
    evaluator: str
    title: str
    rules: tuple[str, ...]
    """That pin it, or did; those that do first."""
    active: bool
    threshold: float | None
    """From this badness on its score is a verdict of bad, where the rule says so."""
    unscored: int
    """Judged samples that it has not scored, or not as they were when they were judged."""
    failed: int
    skipped: int
    """It finds nothing to judge in them."""
    agreement: Agreement | None
    """None where it has scored nothing that people have judged."""
    histogram: tuple[float, ...]
    """Shares of the traffic by score, in `BINS` ranges of [0, 1]; they sum to 1, or there are none."""
    by: tuple[SliceAgreement, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Of people with each other."""

    between: PeopleAgreement
    overturned: Overturned
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAnswer:
    """What is known of a criterion."""

    criterion: str
    title: str
    criteria: tuple[str, ...]
    """All that can be asked for."""
    by: str | None
    start: datetime | None
    end: datetime | None
    """Traces that began in [start, end); None: whenever they began."""
    asked: Asked
    versions: tuple[VersionAgreement, ...]
    """The active ones first, and among them the newest."""
    people: People | None
    """None where nobody has judged anything."""
    notes: tuple[str, ...]
    """What else to know; how to begin, where there are no labels yet."""


def read_agreement(
    unit: Unit,
    project: str,
    criterion: str | None = None,
    *,
    fingerprint: str | None = None,
    rule: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    by: str | None = None,
    read: Read | None = None,
) -> AgreementAnswer:
    """How far evaluator versions agree with people by `criterion`, on traces that began in [start, end).

    Left out, it is that of `rule`, else the one that people were asked about last. `fingerprint` and `rule` choose
    versions; `by` is a dimension of a series. Every version is measured on all samples that people were asked about
    by the criterion, whichever rule they were drawn for, weighted by how likely that was: the newest `MOST`.

    Raises:
        InvalidInput: an unknown criterion, rule, fingerprint or dimension, or a time that is empty.
    """
    mine = unit.of(project)
    rules = mine.rules.versions()
    if by is not None and by not in SLICE_DIMENSIONS:
        raise unknown("by", by, "a dimension", SLICE_DIMENSIONS, "")
    if start is not None and end is not None and start >= end:
        raise InvalidInput("from", "must lie before `to`", "Give times like 2026-11-01T00:00:00Z")
    known = known_criteria(unit, project, rules)
    criterion = _chosen(mine, rules, known, criterion, rule)
    versions = _versions(rules, criterion, fingerprint, rule)
    found = (read or partial(Known.read, mine))(criterion, start, end)
    definition = definition_of(unit, project, criterion)
    levels = _levels(definition)
    wanted = [version for version in versions if version.active or version.fingerprint in found.scores]
    shown = tuple(_version(v, found.paired(v), levels, by) for v in wanted[:MOST_VERSIONS])
    notes = _notes(project, found.judged, criterion, definition, versions)
    if len(wanted) > MOST_VERSIONS:
        notes.append(f"{len(wanted) - MOST_VERSIONS} earlier evaluator versions are left out: ask for a rule.")
    return AgreementAnswer(
        criterion=criterion, title=criterion if definition is None else definition.title, criteria=tuple(known),
        by=by, start=start, end=end, asked=found.judged.asked, versions=shown,
        people=_people(found.judged, levels), notes=tuple(notes),
    )  # fmt: skip


def known_criteria(unit: Unit, project: str, rules: Sequence[StoredRule]) -> list[str]:
    """The names of all criteria that rules of a project judge by, or people can be asked; those of active rules
    first."""
    active = [rule.criterion.name for rule in rules if rule.retired_at is None]
    others = [rule.criterion.name for rule in rules] + [
        c.definition.name for c in criteria_in_use(unit, project)
    ]  # fmt: skip
    return list(dict.fromkeys([*active, *others]))


def definition_of(unit: Unit, project: str, criterion: str) -> CriterionDefinition | None:
    """What people are asked; None of a criterion that only evaluators know."""
    try:
        return criterion_of(unit, project, criterion)
    except NotFound:
        return None


def how_to_begin(project: str, criterion: str, definition: CriterionDefinition | None, rule: str | None) -> str:
    """What to do where nobody has judged anything."""
    if rule is None:
        return f"No rule judges by {criterion} yet: push one with `faithline rules push`."
    where = "" if project == DEFAULT_PROJECT else f" --project {project}"
    begin = f"Draw a wave with `faithline waves draw --criterion {criterion} --rule {rule} --size 100{where}`"
    if definition is None:
        begin = f"Say what people are to be asked with `faithline criteria push`, then d{begin[1:]}"
    return f"There are no labels yet. {begin}, and judge its samples."


def _chosen(
    mine: ProjectUnit, rules: Sequence[StoredRule], known: Sequence[str], criterion: str | None, rule: str | None
) -> str:
    if criterion is not None and criterion not in known:
        raise unknown("criterion", criterion, "a criterion of this project", known, NO_RULES)
    if rule is not None:
        judges = rule_named(rules, rule).criterion.name
        names = {r.criterion.name for r in rules if r.rule.name == rule}
        if criterion is not None and criterion not in names:
            raise InvalidInput("rule", f"{rule} judges {judges!r}, not {criterion!r}", "Leave one of the two out")
        return criterion or judges
    if criterion is not None:
        return criterion
    last = mine.asked.last_criterion()
    return last or (FIRST_CRITERION if FIRST_CRITERION in known else known[0])


def _versions(
    rules: Sequence[StoredRule], criterion: str, fingerprint: str | None, rule: str | None
) -> list[Version]:
    found = versions_of([r for r in rules if rule in (None, r.rule.name)], criterion)
    if fingerprint is None:
        return found
    known = [version.fingerprint for version in found]
    if fingerprint not in known:
        what = f"an evaluator version that judges by {criterion}"
        raise unknown("fingerprint", fingerprint, what, known, NO_RULES)
    return [version for version in found if version.fingerprint == fingerprint]


def _levels(definition: CriterionDefinition | None) -> tuple[float, ...]:
    """The values of bad that people can choose among, ascending."""
    if definition is None:
        return VERDICTS
    return tuple(sorted({level.bad for level in definition.levels}))


def _version(version: Version, found: Paired, levels: tuple[float, ...], by: str | None) -> VersionAgreement:
    n, levels = len(found.pairs), VERDICTS if version.criterion.makes_verdicts else levels
    replicates = REPLICATES if n <= MANY else FEWER_REPLICATES
    whole = agreement(found.pairs, levels=levels, replicates=replicates) if n else None
    return VersionAgreement(
        fingerprint=version.fingerprint, evaluator=version.spec.name, title=version.spec.title, rules=version.rules,
        active=version.active, threshold=version.criterion.threshold, unscored=found.unscored, failed=found.failed,
        skipped=found.skipped, agreement=whole, histogram=_histogram(found), by=_by(found, levels, by, replicates),
        words=() if whole is None else words.about_evaluator(whole),
    )  # fmt: skip


def _by(found: Paired, levels: tuple[float, ...], by: str | None, replicates: int) -> tuple[SliceAgreement, ...]:
    if by is None:
        return ()
    values = [sample.slice[SLICE_DIMENSIONS.index(by)] for sample in found.samples]
    parts = agreement_by(found.pairs, values, levels=levels, replicates=replicates)
    told = {None if value is None else str(value): part for value, part in parts.items()}
    ordered = sorted(told.items(), key=lambda one: (one[0] is None, one[0] or ""))
    return tuple(SliceAgreement(value=value, agreement=part) for value, part in ordered)


def _histogram(found: Paired) -> tuple[float, ...]:
    if not len(found.pairs):
        return ()
    held, _ = np.histogram(found.pairs.score, bins=BINS, range=(0.0, 1.0), weights=found.pairs.weight)
    return tuple((held / held.sum()).tolist())


def _people(judged: Judged, levels: tuple[float, ...]) -> People | None:
    if not judged.answers:
        return None
    answers, twice = judged.answers, [s for s in judged.samples if s.again is not None]
    between = between_people(
        [a.target for a in answers], [a.annotator for a in answers], [a.bad for a in answers],
        weight=[a.weight for a in answers], cluster=[a.cluster for a in answers], levels=levels,
    )  # fmt: skip
    said = [
        [np.nan if value is None else value for value in column]
        for column in ([s.bad for s in twice], [s.again for s in twice], [s.decided for s in twice])
    ]
    wrong = overturned(
        *said, weight=[s.second_weight for s in twice],
        cluster=np.asarray([s.cluster for s in twice], dtype=np.str_),
    )  # fmt: skip
    return People(between=between, overturned=wrong, words=words.about_people(between, wrong))


def _notes(
    project: str,
    judged: Judged,
    criterion: str,
    definition: CriterionDefinition | None,
    versions: Sequence[Version],
) -> list[str]:
    asked, found = judged.asked, list[str]()
    if not asked.samples:
        rule = next((version.rules[0] for version in versions if version.active), None)
        found.append(how_to_begin(project, criterion, definition, rule))
    elif not asked.judged:
        found.append(f"{asked.samples:,} samples wait for somebody to judge them; nobody has yet.")
    if asked.simulated:
        found.append(
            f"{asked.simulated:,} of {asked.judged:,} labels are simulated: they were made of recorded truth, not "
            "by a person."
        )
    if asked.cut_off:
        found.append(f"Only the newest {MOST:,} samples that people were asked about are looked at.")
    if asked.unusable:
        found.append(f"{asked.unusable:,} labels are left out: their stored numbers make no sense.")
    return found
