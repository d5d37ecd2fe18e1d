"""`faithline judge show` and `faithline judge verdicts`: how judges do, what they cost, and what they said last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from evaluator.cli.agreement import AsJson, print_json, say
from evaluator.cli.common import Project, reading, stderr, stdout
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.unknown import shortened
from evaluator.pipeline.operations.judges.report import JudgeReport, read_judge
from evaluator.pipeline.operations.judges.said import SHOWN, JudgeVerdict, Only
from evaluator.pipeline.operations.judges.versions import NONE_YET, JudgeList, judge_named, read_judges
from evaluator.stats.agreement.measure import Measure
from evaluator.web.format import count, duration, money, number, percent, visible

Judge = Annotated[str, typer.Argument(help="A fingerprint (8 characters or more), a rubric or a rule")]
_REASON = 160
"""Characters of a reason in a table; `--json` has all of it."""


def show(
    judge: Annotated[
        str | None, typer.Argument(help="A fingerprint, a rubric or a rule; else all are listed")
    ] = None,
    as_json: AsJson = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Show how a judge does over its last outcomes, or list every judge."""
    if judge is None:
        with reading(project) as (services, unit):
            found = read_judges(unit, project, services.clock.now(), services.judges)
        print_json(found) if as_json else _list(found)
        return
    report = _read(judge, project)
    print_json(report) if as_json else _show(report)


def verdicts(
    judge: Judge,
    label: Annotated[str | None, typer.Option(help="Only those with this label")] = None,
    only: Annotated[Only | None, typer.Option(help="Or only failures, changed or suspected ones")] = None,
    limit: Annotated[int, typer.Option(help="So many")] = SHOWN,
    as_json: AsJson = False,
    project: Project = DEFAULT_PROJECT,
) -> None:
    """Show the last verdicts of a judge with their reasons."""
    report = _read(judge, project, label=label, only=only, limit=limit)
    if as_json:
        print_json(report.last)
        return
    if not report.last:
        stderr.print("It has said nothing of the kind among its last outcomes.")
        return
    table = Table("at", "trace", "verdict", "value", "cost", "reason", "notes")
    for one in report.last:
        value = "–" if one.value is None else number(one.value)
        told = (one.trace_id, one.label or one.failure or "", one.reason or one.message, _notes(one))
        trace, verdict, reason, notes = (Text(visible(shortened(text, _REASON))) for text in told)
        cost = "taken over" if one.cached else money(one.usd)
        table.add_row(f"{one.at:%Y-%m-%d %H:%M}", trace, verdict, value, cost, reason, notes)
    stdout.print(table)


def _read(judge: str, project: str, label: str | None = None, only: str | None = None, limit: int = 0) -> JudgeReport:
    with reading(project) as (services, unit):
        fingerprint = judge_named(unit, project, judge)
        now = services.clock.now()
        return read_judge(unit, project, fingerprint, now, services.judges, label=label, only=only, limit=limit)


def _notes(one: JudgeVerdict) -> str:
    again = [f"second verdict: {one.again}"] if one.again else []
    return "; ".join([*again, *(f"may speak to the judge: {kind}" for kind in one.suspected)])


def _list(found: JudgeList) -> None:
    if not found.judges:
        say([f"No judge. {NONE_YET}"], stderr)
        return
    table = Table(
        "judge", "rubric", "provider", "model", "rules", "scored", "failed", "skipped", "a verdict", "state"
    )
    for one in found.judges:
        state = "waits for a judge" if one.waits_for else "active" if one.active else "earlier version"
        names = (one.fingerprint[:12], one.rubric or one.evaluator, one.provider or "", one.model or "")
        cost = "–" if one.usd_per_verdict is None else money(one.usd_per_verdict)
        counts = (count(one.scored), count(one.failed), count(one.skipped), cost)
        table.add_row(*(Text(visible(text)) for text in (*names, ", ".join(one.rules), *counts, state)))
    stdout.print(table)
    say(f"{', '.join(one.rules)}: {one.waits_for}" for one in found.judges if one.waits_for)
    if found.left_out:
        say([f"{found.left_out:,} earlier versions are left out."])


def _show(report: JudgeReport) -> None:
    one, seen = report.judge, report.looked_at
    asked = ", ".join(text for text in (one.model, one.provider and f"at {one.provider}") if text)
    say([f"{one.title} {one.fingerprint[:12]} ({', '.join(one.rules)}), {asked}"])
    if one.waits_for:
        say([f"It waits for a judge. {one.waits_for}"])
    if not seen.outcomes:
        say(["It has said nothing yet."])
        return
    older = "; older ones are left out" if seen.cut_off else ""
    say([f"Its last {seen.outcomes:,} outcomes, {seen.first:%Y-%m-%d %H:%M} to {seen.last:%Y-%m-%d %H:%M}{older}."])
    table = Table("verdict", "given", "share", "95 % interval")
    for label in report.verdicts:
        table.add_row(Text(visible(label.label)), count(label.count), *_share(label.share))
    stdout.print(table)
    if report.failures:
        table = Table("no verdict", "times", "share", "95 % interval", "cost")
        for failed in report.failures:
            reason = failed.reason.replace("_", " ") + (" (skipped)" if failed.skipped else "")
            table.add_row(Text(visible(reason)), count(failed.count), *_share(failed.share), money(failed.usd))
        stdout.print(table)
    table = Table("measure", "value", "95 % interval")
    for name, value, interval in _measures(report):
        table.add_row(name, value, interval)
    stdout.print(table)
    for model in report.models if len(report.models) > 1 else ():
        say([f"{model.name} has answered {model.verdicts:,} times, {model.first:%Y-%m-%d} to {model.last:%Y-%m-%d}."])
    for kind in report.suspected:
        say([f"Texts that may speak to the judge ({kind.kind}): {kind.outcomes:,}, last in {', '.join(kind.traces)}"])
    for version in report.agreement:
        say(version.words)


def _measures(report: JudgeReport) -> Iterator[tuple[str, str, str]]:
    steady, replied, cost = report.stability, report.replies, report.cost
    yield f"second verdict differs ({steady.repeated:,} asked twice)", *_share(steady.changed)
    if steady.shift is not None:
        yield "mean change of the value", number(steady.shift), ""
    if steady.several:
        yield "verdicts of one score differ", *_share(steady.split)
    yield "needed a second reply", *_share(replied.repaired)
    for name, value in (("replies each", replied.replies), ("turned away each", replied.retries)):
        yield name, "–" if value is None else number(value), ""
    for name, seconds in (("seconds, median", replied.seconds_median), ("seconds, 95 %", replied.seconds_p95)):
        yield name, "–" if seconds is None else duration(1000 * seconds), ""
    for name, tokens in (("tokens in", replied.input_tokens), ("tokens out", replied.output_tokens)):
        yield f"{name} each", "–" if tokens is None else f"{tokens:,.0f}", ""
    yield "taken over from the same content", *_share(cost.cached)
    yield "cost of a verdict", "–" if cost.per_verdict is None else money(cost.per_verdict), ""
    yield "cost of all of these", money(cost.usd), ""
    for budget in cost.budgets:
        yield f"spent today by {budget.rule}", f"{money(budget.spent)} of {money(budget.limit)}", ""


def _share(measure: Measure) -> tuple[str, str]:
    if measure.value is None or measure.low is None or measure.high is None:
        return "–", measure.reason or ""
    value = f"{percent(measure.value)} %" if measure.value else "0 %"
    return value, f"{100 * measure.low:.1f} – {100 * measure.high:.1f} %"
