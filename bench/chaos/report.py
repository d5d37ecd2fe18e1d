"""What `bench.chaos` says of its runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bench.chaos.checks import Found
from bench.chaos.evaluators import PRICE
from bench.chaos.faults import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What came of one run. `rates` maps a rule to its series as the API shows it."""

    seconds: float
    found: Found
    rates: dict[str, Any]
    calls: int
    repeated: int
    """Paid calls beyond one a sample."""
    redone: int
    """Evaluations, of the kinds that keep a log, whose outcome was never saved."""
    refused: int
    """Requests that had to be sent again."""
    tally: Tally

    @property
    def spent(self) -> float:
        """By the stand-in's log (USD)."""
        return self.calls * PRICE


COLUMNS = (
    "s", "traces", "missing", "planned", "outcomes", "lost", "unplanned", "failed", "queued", "redone", "paid calls",
    "repeated", "USD", "resent",
)  # fmt: skip


def table(runs: Mapping[str, Run]) -> str:
    """One line a run."""
    names = ["run", *COLUMNS]
    rows = [names, *([name, *_cells(r)] for name, r in runs.items())]
    widths = [max(len(row[i]) for row in rows) for i in range(len(names))]
    return "\n".join("  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in rows)


def _cells(r: Run) -> list[str]:
    f = r.found
    numbers = (f.traces, f.missing_traces, f.planned, f.outcomes, f.lost, f.unplanned, f.failures, f.jobs, r.redone,
               r.calls, r.repeated)  # fmt: skip
    return [f"{r.seconds:.0f}", *map(str, numbers), f"{r.spent:.3f}", str(r.refused)]


def kills(name: str, r: Run) -> str:
    """What was killed how often."""
    killed = ", ".join(f"{kind} {n}" for kind, n in sorted(r.tally.kills.items()))
    caught = ", ".join(f"{kind} {n}" for kind, n in sorted(r.tally.caught.items()))
    return (
        f"{name}: SIGKILL to {killed}; {r.tally.busy} while there was work; in the middle of a batch: {caught or 0}"
    )


def intervals(r: Run, true: Mapping[str, float]) -> list[str]:
    """The truth of each rule beside its estimate."""
    lines = []
    for rule, value in true.items():
        t = r.rates[rule]["total"]
        lines.append(
            f"pressed, {rule}: truth {value:.4f}, estimate {t['estimate']:.4f} [{t['low']:.4f}, {t['high']:.4f}]; "
            f"{t['scored']} scored and {t['pending']} pending of {t['settled']} settled"
        )
    return lines


def problems_of(calm: Run, wild: Run, tight: Run, true: Mapping[str, float], scarce: float) -> list[str]:
    """Everything that should not be; `scarce` is the budget of the third run (USD)."""
    found = [
        f"{name}: {asdict(r.found)}" for name, r in (("undisturbed", calm), ("killed", wild)) if not r.found.whole
    ]
    if rules := different(calm.rates, wild.rates):
        found.append(f"killed: the rates differ from the undisturbed run's: {', '.join(rules)}")
    if tight.found.missing_traces or tight.found.unplanned or tight.found.failures:
        found.append(f"pressed: {asdict(tight.found)}")
    if rules := outside(tight.rates, true):
        found.append(f"pressed: the interval does not hold the truth: {', '.join(rules)}")
    if tight.spent > scarce + 1e-9:
        found.append(f"pressed: {tight.spent:.4f} USD spent of {scarce:.4f}")
    return found


def different(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """The rules whose series are not the same to the last digit that summing in another order leaves alone."""
    rules = sorted(a.keys() | b.keys())
    return [rule for rule in rules if _rounded(a.get(rule)) != _rounded(b.get(rule))]


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return f"{value:.9g}"
        case Mapping():
            return {k: _rounded(v) for k, v in value.items()}
        case list():
            return [_rounded(v) for v in value]
    return value


def outside(rates: Mapping[str, Any], true: Mapping[str, float]) -> list[str]:
    """The rules whose interval does not hold the truth."""
    totals = {rule: rates[rule]["total"] for rule in true}
    return [rule for rule, t in totals.items() if not t["low"] <= true[rule] <= t["high"]]
