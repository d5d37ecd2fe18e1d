"""What the page of one judge shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from evaluator.judges.prompt import PROMPT_VERSION, system_of
from evaluator.pipeline.calibration.measures import of_evaluator
from evaluator.pipeline.operations.judges.measures import FailureCount, LabelShare
from evaluator.pipeline.operations.judges.report import JudgeReport
from evaluator.pipeline.operations.judges.said import JudgeVerdict, Only
from evaluator.web.agreement import MeasureView, measures
from evaluator.web.format import tone_of
from evaluator.web.judges.chart import SpendChart, spend_chart
from evaluator.web.judges.said import by_text
from evaluator.web.judges.shares import ShareView, share_view

_HEADLINE = ("sensitivity", "specificity", "Cohen's κ")
"""Of agreement, what this page shows; the page of agreement has all."""


@dataclass(frozen=True, slots=True)
class LabelView:
    """One verdict that the judge may give; `tone` is ``bad`` or ``good`` where the rubric knows."""

    row: LabelShare
    tone: str
    share: ShareView
    href: str


@dataclass(frozen=True, slots=True)
class FailureView:
    row: FailureCount
    share: ShareView


@dataclass(frozen=True, slots=True)
class SaidView:
    """One of the last verdicts."""

    row: JudgeVerdict
    tone: str
    suspected: list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Choice:
    """A link that narrows the last verdicts down."""

    name: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class AgreementView:
    """`words` and the main measures of agreement with people, and where all of it stands."""

    words: Sequence[str]
    rows: list[MeasureView]
    pairs: int
    href: str


@dataclass(frozen=True, slots=True)
class JudgeView:
    """Everything that the page shows."""

    report: JudgeReport
    labels: list[LabelView]
    failures: list[FailureView]
    changed: ShareView
    split: ShareView
    repaired: ShareView
    no_verdict: ShareView
    """Of all that was asked, the share that failed."""
    cached: ShareView
    chart: SpendChart | None
    prompt: str
    """The instructions word for word; empty where the rubric's text is gone."""
    other_prompt: bool
    """Whether the judge was asked in the words of another version of Faithline."""
    agreement: list[AgreementView]
    last: list[SaidView]
    choices: list[Choice]


def judge_view(report: JudgeReport, today: date, label: str | None, only: str | None) -> JudgeView:
    """`report` as the page shows it, of which the last verdicts are narrowed down to `label` or `only`."""
    address = f"/judges/{report.judge.fingerprint}"
    explain = report.parameters.get("explain") is not False
    return JudgeView(
        report=report,
        labels=[
            LabelView(one, tone_of(one.bad), share_view(one.share), _href(address, "label", one.label))
            for one in report.verdicts
        ],
        failures=[FailureView(one, share_view(one.share)) for one in report.failures],
        changed=share_view(report.stability.changed),
        split=share_view(report.stability.split),
        repaired=share_view(report.replies.repaired),
        no_verdict=share_view(report.failed),
        cached=share_view(report.cost.cached),
        chart=spend_chart(report.cost.days, today),
        prompt=system_of(report.rubric, explain=explain) if report.rubric else "",
        other_prompt=report.parameters.get("prompt") not in (None, PROMPT_VERSION),
        agreement=_agreement(report),
        last=[SaidView(one, tone_of(one.badness), by_text(one.suspected)) for one in report.last],
        choices=_choices(report, address, label, only),
    )


def _agreement(report: JudgeReport) -> list[AgreementView]:
    asked = {"criterion": report.judge.criterion} | ({"rule": report.judge.rules[0]} if report.judge.rules else {})
    href = "/agreement?" + urlencode(asked)
    found = []
    for version in report.agreement:
        if (own := version.agreement) is not None:
            rows = [row for row in of_evaluator(own) if row[0] in _HEADLINE]
            found.append(AgreementView(version.words, measures(rows).rows, own.pairs, href))
    return found


def _choices(report: JudgeReport, address: str, label: str | None, only: str | None) -> list[Choice]:
    """All, each verdict that was given, and what there is of failures and the like."""
    there = {
        Only.FAILED: bool(report.failures),
        Only.CHANGED: bool(report.stability.changed.value),
        Only.SUSPECTED: bool(report.suspected),
    }
    names = {Only.FAILED: "no verdict", Only.CHANGED: "second one differs", Only.SUSPECTED: "may speak to the judge"}
    found = [Choice("all", f"{address}#last", label is None and only is None)]
    for one in report.verdicts:
        if one.count:
            said = one.label.replace("_", " ")
            found.append(Choice(said, _href(address, "label", one.label), label == one.label))
    found += [Choice(names[one], _href(address, "only", one.value), only == one) for one in there if there[one]]
    return found


def _href(address: str, name: str, value: str) -> str:
    return f"{address}?{urlencode({name: value})}#last"
