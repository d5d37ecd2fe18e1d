"""Waves as the pages list them: what was drawn and how, and how far people are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluator.core.review.label import Review
from evaluator.core.review.wave import DesignKind, Wave, WaveKind
from evaluator.pipeline.catalog.criteria import criterion_of
from evaluator.pipeline.review.waves import Progress, progress_of
from evaluator.store.store import Unit

SHOWN = 50
"""Waves of a list; the newest."""
OPENED = 20
"""Open waves among which a reviewer chooses."""
KINDS = {
    Review.FIRST.value: "first verdicts",
    Review.SECOND.value: "second opinions",
    Review.ADJUDICATION.value: "where two disagree",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """How many are asked for one kind of review, and how far they are."""

    title: str
    done: int
    open: int
    waiting: int
    passed: int
    closed: int

    @property
    def all(self) -> int:
        return self.done + self.open + self.waiting + self.passed + self.closed


@dataclass(frozen=True, slots=True)
class WaveView:
    wave: Wave
    title: str
    """Of its criterion."""
    design: str
    asked: list[Asked]
    annotators: dict[str, int]
    open: int
    trouble: str

    @property
    def first(self) -> Asked:
        return self.asked[0]

    @property
    def shared(self) -> int:
        """Samples that it drew and that another wave asks about."""
        return max(0, self.wave.drawn - self.first.all)


def wave_views(unit: Unit, project: str, waves: Sequence[Wave]) -> list[WaveView]:
    """What is shown of waves, in their order."""
    asked_by = {(wave.criterion, wave.criterion_version) for wave in waves}
    titles = {key: criterion_of(unit, project, *key).title for key in asked_by}
    return [_view(one, titles) for one in progress_of(unit, project, waves)]


def open_waves(unit: Unit, project: str) -> list[WaveView]:
    """Those that hold tasks for somebody, the newest first."""
    return wave_views(unit, project, unit.of(project).waves.serving(OPENED))


def _view(progress: Progress, titles: Mapping[tuple[str, str], str]) -> WaveView:
    wave = progress.wave
    asked = [Asked(title, **progress.tasks[kind]) for kind, title in KINDS.items()]
    return WaveView(
        wave=wave,
        title=titles[wave.criterion, wave.criterion_version],
        design=design_in_words(wave),
        asked=[asked[0], *(one for one in asked[1:] if one.all)],
        annotators=progress.annotators,
        open=progress.open,
        trouble=progress.trouble,
    )


def design_in_words(wave: Wave) -> str:
    """How the samples of a wave were chosen, for somebody who has not read of designs."""
    asked = wave.request
    by = (asked.design.by or "").replace("_", " ")
    words = {
        DesignKind.ACTIVE: "likelier where the evaluator leaves most in doubt",
        DesignKind.UNIFORM: "every sample as likely as any other",
        DesignKind.STRATIFIED: f"at least {asked.design.minimum} for each {by}",
    }[asked.design.kind]
    size = f"about {asked.per_day:g} a day" if wave.kind is WaveKind.STANDING else f"about {asked.size} asked for"
    second = f"{100 * asked.second_share:.0f} % also by a second person" if asked.second_share else ""
    top_up = "tops up an earlier wave" if asked.top_up else ""
    return "; ".join(filter(None, (f"{asked.design.kind.value}: {words}", size, second, top_up)))
