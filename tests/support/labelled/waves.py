"""Waves as they are drawn for review, in many windows at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.stats.columns import Bools, Floats, Index, totals
from evaluator.stats.review import FLOOR, MIX, doubt, relative


@dataclass(frozen=True)
class Wave:
    """One draw of about `labels` units in each window."""

    kind: str
    """``uniform``, ``stratified`` (equally many of either stratum), ``active``, or ``standing``: active, with a scale
    that was frozen before, so that it decides on each unit by itself."""
    labels: float


@dataclass(frozen=True)
class Frame:
    """[m] units that could be drawn, of `size` windows."""

    window: Index
    size: int
    expected: Floats
    """The expected badness of each. (g)"""
    flagged: Bools


def probability(rng: np.random.Generator, frame: Frame, waves: tuple[Wave, ...]) -> tuple[Bools, Floats]:
    """[m] which units are drawn in any wave, and how likely that was, in (0, 1]."""
    drawn, missed = np.zeros(frame.window.size, dtype=np.bool_), np.ones(frame.window.size)
    for wave in waves:
        own = _probability(frame, wave)
        drawn |= rng.random(own.size) < own
        missed *= 1.0 - own
    return drawn, np.maximum(1.0 - missed, 1e-12)


def _probability(frame: Frame, wave: Wave) -> Floats:
    every = np.ones(frame.window.size)
    if wave.kind == "uniform":
        return _scaled(every, frame, wave.labels)
    if wave.kind == "stratified":
        place = frame.window * 2 + frame.flagged
        return np.minimum(1.0, wave.labels / 2.0 / totals(place, every, 2 * frame.size)[place])
    left = doubt(frame.expected)
    if wave.kind == "standing":
        chances = relative(frame.expected, float(left.mean()))
        return np.minimum(1.0, chances * wave.labels * frame.size / chances.sum())
    mean = totals(frame.window, left, frame.size) / np.maximum(1.0, totals(frame.window, every, frame.size))
    return _scaled(np.maximum(FLOOR, (1.0 - MIX) * left / mean[frame.window] + MIX), frame, wave.labels)


def _scaled(chances: Floats, frame: Frame, labels: float) -> Floats:
    """min(1, scale chances), the scale of each window such that they sum to `labels`."""
    low, high = np.zeros(frame.size), np.full(frame.size, 2.0)
    for _ in range(50):
        middle = (low + high) / 2.0
        many = totals(frame.window, np.minimum(1.0, middle[frame.window] * chances), frame.size) > labels
        low, high = np.where(many, low, middle), np.where(many, middle, high)
    return np.minimum(1.0, high[frame.window] * chances)
