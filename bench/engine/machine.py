"""What the machine can do, and what a process costs: matrix peak, cold start, resident memory, size on disk."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import Distribution, distributions
from typing import NamedTuple

import torch

from evaluator.models.encoder.layout import Shape
from evaluator.models.encoder.linear import DTYPES, new_linear
from evaluator.models.encoder.precision import Precision

TOKENS = 4096
Clock = Callable[[], float]
"""`time.perf_counter`, or `time.process_time` with one thread on a machine that does other work, too."""


def layer_shapes(shape: Shape) -> list[tuple[int, int]]:
    """(in, out) of the linear maps of one layer as the engine runs them."""
    h, inner = shape.hidden, shape.inner
    return [(h, 3 * h), (h, h), (h, inner), (inner, h)]


def flops(lengths: Sequence[int], shape: Shape, kept: Sequence[int] | None = None) -> float:
    """Floating-point operations of matrix products for rows of these lengths (a multiplication and an addition each).

    `kept`: for how many tokens of each row the last layer is finished (default: for all).
    """
    (h, joined), *rest = layer_shapes(shape)
    after = sum(a * b for a, b in rest)
    total = 0.0
    for length, left in zip(lengths, lengths if kept is None else kept, strict=True):
        total += shape.layers * (2.0 * length * h * joined + 4.0 * length * length * h)
        total += 2.0 * after * ((shape.layers - 1) * length + left)
    return total


def matrix_peak(precision: Precision, shape: Shape, seconds: float = 1.0, clock: Clock = time.perf_counter) -> float:
    """GFLOP/s of this machine in the products of a layer, nothing else around them: the best of several rounds."""
    maps = [
        new_linear(torch.randn(out, into), torch.randn(out), precision, "cpu") for into, out in layer_shapes(shape)
    ]
    inputs = [torch.randn(TOKENS, into).to(DTYPES[precision]) for into, _ in layer_shapes(shape)]
    work = sum(2.0 * TOKENS * into * out for into, out in layer_shapes(shape))
    best, stop = float("inf"), clock() + seconds
    with torch.inference_mode():
        while clock() < stop:
            start = clock()
            for linear, x in zip(maps, inputs, strict=True):
                linear(x)
            best = min(best, clock() - start)
    return work / best / 1e9


class Cost(NamedTuple):
    """Of a fresh process: seconds from its start to its first score, and its largest resident memory in MB."""

    seconds: float
    megabytes: float


def cold_start(code: str) -> Cost:
    """Run `code` (which ends with a score) in a fresh process. Linux only, as the memory comes from /proc."""
    report = (
        "\nimport json, pathlib, time\nnow = time.time()\n"
        "lines = pathlib.Path('/proc/self/status').read_text().splitlines()\n"
        "print(json.dumps([now, next(int(line.split()[1]) for line in lines if line.startswith('VmHWM')) / 1024]))\n"
    )
    start = time.time()
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    now, megabytes = json.loads(done.stdout.splitlines()[-1])
    return Cost(now - start, megabytes)


def installed_megabytes(names: Sequence[str] | None = None) -> float:
    """Size of the installed distributions `names` (default: of all), in MB."""
    wanted = None if names is None else {name.lower() for name in names}
    return sum(_size(d) for d in distributions() if wanted is None or d.name.lower() in wanted) / 1e6


def _size(distribution: Distribution) -> int:
    return sum(path.size or 0 for path in distribution.files or ())
