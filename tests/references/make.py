"""Makes `corrections.json` anew: ``python -m tests.references.make``.

The packages are not ours to install: a virtual environment of its own gets them, pinned, and is thrown away. They see
the very numbers that are stored beside what they answered.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PINNED = (
    "ppi-python==0.2.3",
    "judgy==0.1.0",
    "numpy==2.4.6",
    "scipy==1.17.1",
    "pandas==3.1.1",
    "statsmodels==0.15.0",
)
WRITTEN = Path(__file__).with_name("corrections.json")
INSIDE = """
import json, sys
from importlib.metadata import version
import numpy as np
from judgy import estimate_success_rate
from ppi_py import ppi_mean_pointestimate

rng = np.random.default_rng(20261)
cases = []
sizes = ((60, 600, 0.1, 2.0), (200, 1000, 0.4, 1.0), (120, 1200, 0.5, 0.0), (40, 4000, 0.25, 3.0))
for n, every, rate, apart in sizes:
    bad = (rng.random(every) < rate).astype(float)
    score = 1.0 / (1.0 + np.exp(-(apart * (bad - 0.5) + rng.normal(size=every))))
    weight, review = rng.choice([1.0, 2.0, 10.0], every), rng.choice([0.1, 0.4, 0.8], n)
    score = score.round(6)
    labelled, rest = slice(0, n), slice(n, every)
    drawn = weight[labelled] / review

    def ppi(lam, others, plain=True):
        weights = {} if plain else {"w": drawn, "w_unlabeled": weight[others]}
        found = ppi_mean_pointestimate(bad[labelled], score[labelled], score[others], lam=lam, **weights)
        return float(np.squeeze(found))

    verdict = (score > 0.5).astype(int)
    rogan_gladen = None
    if apart > 0:
        rogan_gladen = float(
            estimate_success_rate(1 - bad[labelled], 1 - verdict[labelled], 1 - verdict, bootstrap_iterations=10)[0]
        )
    cases.append({
        "score": score.tolist(), "bad": bad[labelled].tolist(), "weight": weight.tolist(), "review": review.tolist(),
        "equal_weights": {str(lam): ppi(lam, slice(0, every)) for lam in (0.0, 0.3, 1.0)},
        "weights": {str(lam): ppi(lam, slice(0, every), plain=False) for lam in (0.0, 0.3, 1.0)},
        "rest_alone": {"0.3": ppi(0.3, rest)},
        "own_lambda": ppi(None, rest),
        "success_rate": rogan_gladen,
    })
print(json.dumps({
    "versions": {name: version(name) for name in ("ppi-python", "judgy", "numpy", "scipy")}, "cases": cases
}))
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINNED], check=True)
        found = subprocess.run([python, "-c", INSIDE], check=True, capture_output=True, text=True).stdout
    WRITTEN.write_text(json.dumps(json.loads(found)) + "\n")
    print(f"{WRITTEN} ({WRITTEN.stat().st_size} bytes)", file=sys.stderr)


if __name__ == "__main__":
    main()
