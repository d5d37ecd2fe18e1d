"""Where labels would have a rule draw the line between good and bad. What is proposed here changes nothing: a rule is
what its team pushes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from evaluator.core.criterion import Criterion
from evaluator.pipeline.calibration.agreement import definition_of, how_to_begin
from evaluator.pipeline.calibration.versions import Known, Paired, Read, rule_named, versions_of
from evaluator.pipeline.calibration.words import of_ten
from evaluator.stats.agreement.pairs import CUT, Pairs
from evaluator.stats.calibrators.choice import Candidate, choose
from evaluator.stats.calibrators.threshold import Operating, ProposedThreshold, threshold_for
from evaluator.stats.estimators.rates import ENOUGH
from evaluator.store.store import Unit

PER_CLASS = 10
"""Labels of either kind from which on a threshold is worth a proposal."""
DECIDES = 0.01
"""The least share of all answers that a threshold must flag, and pass, to tell anything."""
LEAST_GAIN = 0.01
"""Mistakes in all traffic that a threshold must spare, on labels that did not choose it, to be worth a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The calibrator that predicts held-out labels best: from scores (1 = bad) to probabilities of bad."""

    calibrator: dict[str, Any]
    """As plain JSON, with the hash of its label set; `stats.calibrators.stored.from_dict` brings it back."""
    candidates: tuple[Candidate, ...]
    """All kinds, the simplest first; none where the labels are too few to compare."""
    folds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdAnswer:
    """What labels say of a rule's threshold."""

    rule: str
    criterion: str
    evaluator: str
    fingerprint: str
    threshold: float | None
    """The rule's own; None where it takes scores as they are, or judges by their labels."""
    labels: int
    """Samples that the rule's evaluator version has scored and people have judged."""
    simulated: bool
    enough: bool
    """Whether there are `ENOUGH` of them, and `PER_CLASS` of the good and of the bad."""
    calibration: Calibration | None
    """None without labels."""
    proposal: ProposedThreshold | None
    """None without labels, and where the rule judges by labels of its scores."""
    words: tuple[str, ...]


def read_thresholds(
    unit: Unit,
    project: str,
    rule: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    read: Read | None = None,
) -> ThresholdAnswer:
    """What people's labels on traces that began in [start, end) say of the threshold of a rule.

    Raises:
        InvalidInput: the project never had a rule of this name.
    """
    mine = unit.of(project)
    rules = mine.rules.versions()
    chosen = rule_named(rules, rule)
    name = chosen.criterion.name
    pinned = chosen.rule.fingerprint, chosen.criterion
    (version,) = (v for v in versions_of(rules, name) if (v.fingerprint, v.criterion) == pinned)
    known = (read or partial(Known.read, mine))(name, start, end)
    found = known.paired(version)
    pairs = found.pairs
    proposal = _proposal(pairs, chosen.criterion) if len(pairs) else None
    begin = how_to_begin(project, name, definition_of(unit, project, name), rule)
    return ThresholdAnswer(
        rule=rule, criterion=name, evaluator=version.spec.name, fingerprint=version.fingerprint,
        threshold=None if chosen.criterion.bad_labels else chosen.criterion.threshold, labels=len(pairs),
        simulated=any(sample.simulated for sample in found.samples), enough=_is_enough(pairs),
        calibration=_calibration(pairs) if len(pairs) else None, proposal=proposal,
        words=(begin,) if not known.judged.asked.samples else _words(found, chosen.criterion, proposal),
    )  # fmt: skip


def _is_enough(pairs: Pairs) -> bool:
    bad = int((pairs.people >= CUT).sum())
    return len(pairs) >= ENOUGH and min(bad, len(pairs) - bad) >= PER_CLASS


def _calibration(pairs: Pairs) -> Calibration:
    choice = choose(pairs.score, pairs.people, pairs.weight, pairs.cluster)
    return Calibration(calibrator=choice.calibrator.to_dict(), candidates=choice.candidates, folds=choice.folds)


def _proposal(pairs: Pairs, criterion: Criterion) -> ProposedThreshold | None:
    if criterion.bad_labels:
        return None
    current = CUT if criterion.threshold is None else criterion.threshold
    return threshold_for(
        pairs.score, (pairs.people >= CUT).astype(float), pairs.weight, pairs.cluster, current=current
    )


def _words(found: Paired, criterion: Criterion, proposal: ProposedThreshold | None) -> tuple[str, ...]:
    if not len(found.pairs):
        return ("The rule's evaluator has scored nothing yet that people have judged.",)
    if proposal is None:
        return ("The rule judges by labels of its scores: there is no threshold to move.",)
    said = list[str]()
    if criterion.threshold is None:
        said.append(f"The rule takes scores as they are; {CUT:g} stands for the threshold that it does not have.")
    if not _is_enough(found.pairs):
        said.append(
            f"Too few labels to move a threshold: it takes {ENOUGH}, and {PER_CLASS} each of good and bad answers."
        )
    return (*said, *_change(proposal))


def _change(proposal: ProposedThreshold) -> Sequence[str]:
    if proposal.reason is not None:
        return (f"No proposal: {proposal.reason}.",)
    expected = proposal.held_out or proposal.after
    if min(expected.flagged, 1.0 - expected.flagged) < DECIDES:
        all_or_none = "nothing" if expected.flagged < DECIDES else "everything"
        return (f"No proposal: fewest mistakes are made by flagging {all_or_none}, so little do its scores tell.",)
    if not is_worth_it(proposal):
        return (f"Nothing to gain: {proposal.current:.3g} is as good as any threshold that these labels tell.",)
    wrong, before = _percent(expected.wrong), _percent(proposal.before.wrong)
    return (
        f"A threshold of {proposal.threshold:.3g} instead of {proposal.current:.3g} would be wrong on {wrong} of all "
        f"answers instead of {before}: {_finds(expected)}, instead of {_finds(proposal.before)}. It would change "
        f"{_percent(proposal.flips)} of all verdicts, and begin another series.",
    )


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %"


def is_worth_it(proposal: ProposedThreshold) -> bool:
    """Whether the threshold is another one, and better on labels that did not choose it."""
    expected = proposal.held_out or proposal.after
    moved = proposal.reason is None and proposal.threshold != proposal.current
    decides = DECIDES <= expected.flagged <= 1.0 - DECIDES
    return moved and decides and proposal.before.wrong - expected.wrong >= LEAST_GAIN


def _finds(at: Operating) -> str:
    found = "none" if at.sensitivity is None else of_ten(at.sensitivity)
    passed = "none" if at.specificity is None else of_ten(1.0 - at.specificity)
    return f"{found} bad ones found and {passed} good ones flagged"
