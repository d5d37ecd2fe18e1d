"""`python -m bench.cascade`: calls of a costly evaluator that a cascade needs for an interval of the same width.

Beside a flat sample of the same traffic, and the best that the parts could do with endless traffic. The statistics
are the service's own: where cheap scores are cut, how likely parts go on, and the estimators.
"""

from __future__ import annotations

import argparse

import numpy as np

from bench.cascade.populations import SUMMEVAL, Population, summeval, synthetic
from bench.cascade.windows import Design, Measured, best_share, measure

TIMES = (0.8, 1.2, 1.7, 2.5, 3.5)
"""Of the cascade's calls, those of the flat samples that it is held against."""
DESIGNS = (Design(6000, 0.05), Design(3000, 0.2), Design(600, 0.2, 60))


def calls_needed(people: Population, design: Design, cascaded: Measured, windows: int) -> float:
    """Calls of a flat sample whose mean interval of raw rates is as wide; read between samples of several sizes."""
    rates = sorted({min(1.0, design.rate * times) for times in TIMES})
    found = [measure(people, Design(design.units, rate), windows, flat=True, seed=2) for rate in rates]
    widths = np.log([one.by_method["raw"].width for one in found])
    calls = np.log([one.calls for one in found])
    return float(np.exp(np.interp(-np.log(cascaded.by_method["raw"].width), -widths, calls)))


def populations() -> list[Population]:
    """Real ones where the labelled sets are there, and made ones."""
    made = [synthetic(rate, squared) for rate in (0.1, 0.3) for squared in (0.2, 0.5, 0.7)]
    if not SUMMEVAL.exists():
        print(f"Without SummEval: {SUMMEVAL} is missing.")
        return made
    real = [summeval("consistency", 3.0), summeval("relevance", 3.0), summeval("coherence", 3.0)]
    return real + made


def row(people: Population, design: Design, windows: int) -> str:
    found = measure(people, design, windows)
    needed = calls_needed(people, design, found, max(100, windows // 4))
    told = [
        f"{one.bias:+.3f} · {one.coverage:.3f} · {one.width:.3f}"
        for one in (found.by_method[name] for name in ("raw", "human", "corrected"))
    ]
    squared = people.correlation**2
    cells = (
        people.name, f"{people.correlation:.2f}", f"{squared:.2f}", f"{design.units:,}", f"{found.calls:.0f}",
        f"{needed:.0f}", f"**{found.calls / needed:.2f}**", f"{best_share(people):.2f}", *told,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=1000)
    given = parser.parse_args()
    print(
        "| population | r | r² | traffic | calls | a flat sample's | share | at best "
        "| raw (bias · coverage · width) | human | corrected |\n|" + "---|" * 11
    )
    for people in populations():
        for design in DESIGNS:
            print(row(people, design, given.windows), flush=True)


if __name__ == "__main__":
    main()
