"""`faithline train`: detectors fitted to labels of one's own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
import yaml
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from evaluator.bootstrap import runtime_of
from evaluator.cli.common import read_settings, stderr, stdout, tidy_errors
from evaluator.cli.labels import read_labels
from evaluator.cli.rows import BadRow
from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import fingerprint, sample_of
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from evaluator.models.files.manifest import FAITHFULNESS
from evaluator.models.runtime import Runtime
from evaluator.models.tuning.comparison import Measure
from evaluator.models.tuning.folder import check_target
from evaluator.models.tuning.intercept import fit_intercept
from evaluator.models.tuning.labelled import Labelled, split

if TYPE_CHECKING:
    from evaluator.models.tuning.run import Request, Trained

app = typer.Typer(no_args_is_help=True, help="Fit detectors to labels of your own.")

_EVALUATOR = "faithfulness"
_SHOWN = 10
"""Bad lines that are printed."""


@app.callback()
def main() -> None:
    """Fit detectors to labels of your own."""


@app.command()
def faithfulness(
    labels: Annotated[Path, typer.Option(help="JSON lines: answer, context, label (1 is bad); see the docs")],
    name: Annotated[str | None, typer.Option(help="What the new model is called: a-z, 0-9, dots and hyphens")] = None,
    minutes: Annotated[float, typer.Option(min=0.01, help="Longest training of the network (minutes)")] = 10.0,
    seed: Annotated[int, typer.Option(help="Draws the parts and the batches")] = 0,
    held_out: Annotated[float, typer.Option(min=0.05, max=0.9, help="Share of groups that only compare")] = 0.3,
    models: Annotated[Path | None, typer.Option(help="Folder of models; default: FAITHLINE_MODELS_PATH")] = None,
    network: Annotated[bool, typer.Option(help="Train the network, too, not its combination alone")] = True,
    yes_replace: Annotated[bool, typer.Option("--yes-replace", help="Replace a model of this name")] = False,
    intercept_only: Annotated[
        bool, typer.Option("--intercept-only", help="Fit one number, a rule's parameter, to 50 labels or more")
    ] = False,
) -> None:
    """Fit the faithfulness detector to labels, and compare it on labels that it never saw."""
    with tidy_errors():
        settings = read_settings()
        root = (models or settings.models_path).expanduser()
        runtime = replace(runtime_of(settings), weights_path=str(root))
        if intercept_only:
            if name is not None:
                raise InvalidInput("--name", "names no model: an intercept is a rule's parameter", "Leave it out")
            _fit_intercept(labels, seed, runtime)
            return
        if name is None:
            raise InvalidInput("--name", "is missing", "Name the new model")
        check_target(root, name, replace=yes_replace)
        found, bad = read_labels(labels)
        _tell(found, bad)
        split(found, held_out, seed)  # refuse before anything heavy is imported
        from evaluator.models.tuning.network import Budget
        from evaluator.models.tuning.run import Request

        request = Request(
            name=name,
            root=root,
            source=f"{labels.name}, SHA-256 {_digest(labels)}",
            held_out=held_out,
            seed=seed,
            network=network,
            replace=yes_replace,
            budget=Budget(minutes=minutes),
        )
        trained = _run(found, request, runtime)
        made = registry.create(_EVALUATOR, {"model": name}, runtime=runtime)
        _report(trained, fingerprint(made), elsewhere=root != settings.models_path.expanduser())


def _fit_intercept(path: Path, seed: int, runtime: Runtime) -> None:
    """Score the labels with the shipped detector, fit the intercept, and print the rule that has it."""
    found, bad = read_labels(path)
    _tell(found, bad)
    evaluator = registry.create(_EVALUATOR, runtime=runtime)
    evaluator.open()
    outcomes = evaluator.score([sample_of("", one.answer, one.passages) for one in found])
    pairs = [(one, outcome) for one, outcome in zip(found, outcomes, strict=True) if isinstance(outcome, Score)]
    if len(pairs) < len(found):
        stderr.print(f"{len(found) - len(pairs)} could not be scored and were left out")
    values = np.asarray([outcome.value for _, outcome in pairs], dtype=np.float64)
    moved = fit_intercept(values, [one for one, _ in pairs], seed)
    table = Table(
        "", "as shipped", "with the intercept", title=f"{len(pairs)} labels, {moved.share:.1%} bad (by their weights)"
    )
    table.add_row("share that the scores make bad", f"{moved.expected:.1%}", f"{moved.moved:.1%}")
    table.add_row("log loss", f"{moved.loss:.3f}", f"{moved.moved_loss:.3f}")
    stdout.print(table)
    stderr.print(f"Intercept {moved.intercept:+.2f}, 95 % interval {moved.low:+.2f} to {moved.high:+.2f}")
    parameters = {"model": FAITHFULNESS, "intercept": round(moved.intercept, 2)}
    _print_rule("hallucination", parameters, fingerprint(registry.create(_EVALUATOR, parameters, runtime=runtime)))


def _print_rule(name: str, parameters: dict[str, Any], pinned: str) -> None:
    stderr.print("No rule was changed. To score with it, push this as a rule (a new series):")
    rule = {"name": name[:64], "evaluator": _EVALUATOR, "parameters": parameters, "rate": 0.25}
    typer.echo(f"# fingerprint {pinned}\n" + yaml.safe_dump(rule, sort_keys=False), nl=False)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tell(labels: Sequence[Labelled], bad: Sequence[BadRow]) -> None:
    """What was read and what was left out. Names fields and lines, never their content."""
    for row in bad[:_SHOWN]:
        stderr.print(row.failure(()).message.rstrip(". ") + ".", markup=False, highlight=False, soft_wrap=True)
    if len(bad) > _SHOWN:
        stderr.print(f"… and {len(bad) - _SHOWN} more")
    if bad:
        stderr.print(f"{len(bad)} lines were left out")
    if not labels:
        raise InvalidInput("--labels", "holds no label", "Give a JSON object with answer, context and label a line")
    stderr.print(f"{len(labels)} labels, {sum(one.bad for one in labels)} of them bad")
    if len({one.inclusion for one in labels}) > 1:
        stderr.print("Labels count by 1 / inclusion_probability, scaled to a mean of 1")


def _run(labels: Sequence[Labelled], request: Request, runtime: Runtime) -> Trained:
    from evaluator.models.tuning.run import train_faithfulness

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr, disable=not stderr.is_terminal) as bar:
        task = bar.add_task("loading", total=1.0)

        def show(stage: str, share: float) -> None:
            bar.update(task, description=stage, completed=share)

        return train_faithfulness(labels, request, runtime, show)


def _report(trained: Trained, pinned: str, *, elsewhere: bool) -> None:
    """The comparison, the fingerprint, and the rule to push."""
    about = trained.about
    stdout.print(_table(trained.measures, f"{about.held_out[0]} held-out labels, {about.held_out[1]} of them bad"))
    stderr.print(f"Network: {about.network}", markup=False, highlight=False, soft_wrap=True)
    stderr.print(f"Written to {trained.folder}", markup=False, highlight=False, soft_wrap=True)
    if elsewhere:
        advice = f"Set FAITHLINE_MODELS_PATH={trained.folder.parent} wherever rules are pushed or traces scored"
        stderr.print(advice, markup=False, highlight=False, soft_wrap=True)
    _print_rule(f"hallucination-{about.name}", {"model": about.name}, pinned)


def _table(measures: Sequence[Measure], title: str) -> Table:
    table = Table("measure", "current", "new", "difference", "95 % interval", "verdict", title=title)
    for one in measures:
        interval = f"{one.low:+.3f} to {one.high:+.3f}"
        table.add_row(
            one.name, f"{one.current:.3f}", f"{one.new:.3f}", f"{one.difference:+.3f}", interval, one.verdict
        )
    return table
