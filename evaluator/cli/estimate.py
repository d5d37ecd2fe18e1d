"""`faithline estimate`: a table of scores and labels in, rates with intervals out."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from evaluator.cli.common import stderr, stdout, tidy_errors
from evaluator.core.errors import InvalidInput
from evaluator.core.unknown import shortened, unknown
from evaluator.stats.estimators.rates import Rate
from evaluator.stats.estimators.tabled import Selected, estimates

NUMBERS = ("score", "cheap", "pi", "kappa", "rho", "label")
FLAGS = ("drawn", "failed")
NAMES = ("cluster", "stratum")
COLUMNS = (*NUMBERS, *FLAGS, *NAMES)
NEEDED = ("score", "pi")
LISTED = ", ".join(COLUMNS)
SHOWN = 20
"""Wrong lines that are told."""


def estimate(
    file: Annotated[
        Path, typer.Argument(help=f"CSV with a head: {', '.join(COLUMNS)}; all but score and pi optional")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
    population: Annotated[
        float | None, typer.Option(help="Units that the rows were drawn from: intervals then speak about these only")
    ] = None,
) -> None:
    """Estimate the share of bad from scores and labels of anywhere; each row is a unit that was selected.

    score, cheap and label lie in [0, 1], 1 = bad; pi, kappa and rho are the probabilities of selection, of being
    scored and of review; drawn and failed are 0 or 1. Where drawn is missing, a label means drawn; drawn without a
    label is non-response. Where a costly evaluator ran on a part of the rows only, kappa says how likely that was,
    and cheap may hold what a cheaper one said of all of them: it narrows raw and corrected.
    """
    with tidy_errors():
        units = read_units(file)
        if population is not None:
            _check_population(population, units)
        found = estimates(units, finite=population is not None)
    if as_json:
        typer.echo(json.dumps(_json(found, units), indent=2))
    else:
        stdout.print(_table(found, units))


def read_units(path: Path) -> Selected:
    """The rows of a file.

    Raises:
        InvalidInput: it can not be read, lacks a column, or a row is wrong: leaving it out would bend the rates.
    """
    head, rows = _rows(path)
    places = {name: place for place, name in enumerate(head)}
    wrong: list[str] = []

    def column(name: str, parse: Callable[[str], Any], absent: Any) -> list[Any]:
        if name not in places:
            return [absent] * len(rows)
        found = []
        for line, cells in rows:
            text = cells[places[name]].strip()
            try:
                found.append(absent if not text else parse(text))
            except ValueError:
                wrong.append(f"line {line}: {name}: {shortened(text)!r} is {WHAT[name]}")
                found.append(absent)
        return found

    numbers = {name: np.array(column(name, _number, ABSENT[name]), dtype=np.float64) for name in NUMBERS}
    flags = {name: np.array(column(name, _flag, -1), dtype=np.int64) for name in FLAGS}
    names = {name: column(name, str, "") for name in NAMES}
    _refuse(wrong, "values can not be read")
    labelled = ~np.isnan(numbers["label"])
    units = Selected(
        **numbers, drawn=np.where(flags["drawn"] < 0, labelled, flags["drawn"] == 1), failed=flags["failed"] == 1,
        cluster=_coded(names["cluster"], alone=True), stratum=_coded(names["stratum"], alone=False),
    )  # fmt: skip
    _check(units, [line for line, _ in rows])
    return units


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The names of the columns, and the cells of each row with the line that it ends on: as many as there are
    columns, as a comma too many or too few would put numbers under other names. Raises InvalidInput."""
    found: list[tuple[int, list[str]]] = []
    wrong: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)  # else a quote that is never closed swallows all that follows
            head = next(reader, [])
            _check_head(head)
            for cells in reader:
                if len(cells) == len(head):
                    found.append((reader.line_num, cells))
                elif cells:  # a blank line is no row
                    wrong.append(f"line {reader.line_num}: has {len(cells)} cells, and there are {len(head)} columns")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput("file", f"{path} can not be read: {error}", "Give a CSV file in UTF-8") from error
    _refuse(wrong, "rows do not fit the columns")
    if not found:
        raise InvalidInput("file", "holds no rows", "Give a row for each selected unit")
    return head, found


def _refuse(wrong: Sequence[str], what: str) -> None:
    """Tell lines that are `wrong`, if any. Raises InvalidInput."""
    for one in wrong[:SHOWN]:
        stderr.print(one, markup=False, highlight=False)
    if wrong:
        raise InvalidInput("file", f"{len(wrong):,} {what}", "Correct them: no row is left out")


ABSENT = {"score": math.nan, "cheap": math.nan, "pi": math.nan, "kappa": 1.0, "rho": 1.0, "label": math.nan}
WHAT = dict.fromkeys(NUMBERS, "no number") | dict.fromkeys(FLAGS, "neither 0 nor 1")


def _check_head(head: Sequence[str]) -> None:
    for name in head:
        if name not in COLUMNS:
            raise unknown("column", name, "a column", COLUMNS, "")
    for name, times in Counter(head).items():
        if times > 1:
            raise InvalidInput(name, f"stands {times} times in the first line", "Name each column once")
    for name in NEEDED:
        if name not in head:
            raise InvalidInput(
                name, "is no column of the file", f"The first line names the columns: {', '.join(COLUMNS)}"
            )


def _check(units: Selected, lines: Sequence[int]) -> None:
    try:
        units.check()
    except ValueError as error:
        name, _, problem = str(error).partition(": row ")
        row, _, said = problem.partition(" ")
        raise InvalidInput(name, f"line {lines[int(row)]} {said}", "Correct the line: no row is left out") from None


def _check_population(population: float, units: Selected) -> None:
    if not population >= len(units.score):
        problem = f"must be at least the {len(units.score):,} rows that were drawn from it"
        raise InvalidInput("--population", problem, "Leave it out to speak about the process")
    stands_for = float((1.0 / units.pi).sum())
    if not 0.5 <= stands_for / population <= 2.0:
        stderr.print(
            f"Note: by pi the rows stand for {stands_for:,.0f} units, not for {population:,.0f}: is pi right?",
            highlight=False,
        )


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or "_" in text:  # Python reads 1_0 as ten
        raise ValueError(text)
    return value


def _flag(text: str) -> int:
    if text not in ("0", "1"):
        raise ValueError(text)
    return int(text)


def _coded(names: Sequence[str], *, alone: bool) -> np.ndarray:
    """A number for each name, from 1 on where units without one stand `alone` (0), else from 0."""
    codes: dict[str, int] = {}
    found = [0 if alone and not name else codes.setdefault(name, len(codes)) + alone for name in names]
    return np.array(found, dtype=np.int64)


def _counts(units: Selected) -> dict[str, int]:
    labelled = ~np.isnan(units.label)
    return {
        "rows": len(units.score),
        "scored": int((~np.isnan(units.score) & ~units.failed).sum()),
        "failed": int(units.failed.sum()),
        "drawn": int(units.drawn.sum()),
        "labelled": int(labelled.sum()),
        "without_answer": int((units.drawn & ~labelled).sum()),
    }


def _json(found: dict[str, Rate], units: Selected) -> dict[str, Any]:
    shown = {
        name: {
            "estimate": rate.estimate, "low": rate.low, "high": rate.high, "enough": rate.enough,
            "labels": rate.labels, "effective_labels": rate.effective_labels,
        }
        for name, rate in found.items()
    }  # fmt: skip
    return {"estimates": shown, "counts": _counts(units), "variance": found["raw"].variance}


def _table(found: dict[str, Rate], units: Selected) -> Table:
    table = Table("method", "bad", "95 % interval", "labels", "worth", "enough")
    for name, rate in found.items():
        estimate = "–" if rate.estimate is None else f"{rate.estimate:.2%}"
        worth = f"{rate.effective_labels:,.0f}" if rate.effective_labels else "–"
        enough = "yes" if rate.enough else "no"
        table.add_row(name, estimate, f"{rate.low:.2%} – {rate.high:.2%}", f"{rate.labels:,}", worth, enough)
    counts = ", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in _counts(units).items())
    table.caption = f"{counts}; {found['raw'].variance} variance"
    return table
