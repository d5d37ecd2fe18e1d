"""Verdicts of a provider that misbehaves, through real judge workers on PostgreSQL: `make bench-chaos-judge`.

The services of docker-compose.yml as processes, a rule with a budget, and a stand-in for a provider of which eighteen
of a hundred replies are late, broken, refused or wrong. Four runs: with enough money and with too little, each
undisturbed and while judge workers are killed with SIGKILL in the middle of batches. No verdict may be lost or given
twice, each failure must say why, and the stand-in's own ledger must never show more than the budget, nor more than
the books.

    python -m bench.chaos_judge                        # 10,000 verdicts a run
    python -m bench.chaos_judge --verdicts 500 --kills 2

Exits with 1 if anything was lost, doubled or overspent.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.chaos_judge.run import Run, run, table

AMPLE = 100_000.0
"""So much (USD a day) that no rate is lowered for it: a run spends as if it went on for the whole day."""
SCARCE = 0.0006
"""A budget (USD a day) for each verdict that is wanted: about a third of what they cost."""
STILL = 300.0
STILL_SHORT = 45.0
"""Where money is short, such a run is at rest without anything new for so long (s): less than the minute after which
jobs ask again whether calls have cost less than was set aside."""
WITHIN, WITHIN_SHORT = 0.8, 0.04
"""Shares of the verdicts within which workers are killed."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verdicts", type=int, default=10_000, help="of each run")
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--only", action="append", help="names of runs that begin so; may be given several times")
    given = parser.parse_args()
    plan = [
        (f"{money}, {'killed' if kills else 'undisturbed'}", budget, kills)
        for money, budget in (("enough", AMPLE), ("short", round(SCARCE * given.verdicts, 4)))
        for kills in (0, given.kills)
    ]
    runs = list[Run]()
    with tempfile.TemporaryDirectory(prefix="faithline-chaos-judge-") as name:
        for number, (title, budget, kills) in enumerate(plan):
            if given.only and not title.startswith(tuple(given.only)):
                continue
            still, within = (STILL, WITHIN) if budget == AMPLE else (STILL_SHORT, WITHIN_SHORT)
            place = Path(name) / str(number)
            runs.append(run(title, place, given.verdicts, budget, kills, still=still, within=within))
            print(table(runs[-1:]), flush=True)
    problems = [problem for one in runs for problem in one.problems]
    print("\n" + table(runs))
    print("\n".join(problems) or "Nothing was lost, doubled or overspent.")
    return bool(problems)


if __name__ == "__main__":
    raise SystemExit(main())
