"""Draws a wave over a window that is past.

The frame is read twice: once for the design, which is frozen then, and once to decide, page by page, each in a
transaction of its own. The wave is seen, and its tasks are there, only with the last one; a draw that is killed
before leaves nothing that anybody sees, and a later one clears it away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np

from evaluator.core.access import LOCAL
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.ids import random_id, uniform
from evaluator.core.ports import Clock, Hints, NoHints
from evaluator.core.review.label import Review
from evaluator.core.review.wave import Wave, WaveKind, WaveRequest
from evaluator.core.times import floor_minute
from evaluator.pipeline.catalog.criteria import criterion_of, ensure_stored
from evaluator.pipeline.review.asking import ask, remember
from evaluator.pipeline.review.design import Columns, FrozenDesign, freeze, rescaled
from evaluator.pipeline.review.frame import Frame, check_filter, rule_of
from evaluator.pipeline.schedule import AGGREGATE, JUDGE, SCORE
from evaluator.store.repositories.review.frames import FrameUnit
from evaluator.store.store import Store, Unit

WINDOW = timedelta(days=7)
"""What a batch looks back on where no window is named."""
ASKED = 500
"""Tasks that are made at a time: each holds what its reviewer is to see."""
GIVEN_UP_AFTER = timedelta(hours=6)
"""A draw that has not ended after so long never will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What came of a draw or, in a dry run, is to be expected of it (`id` is None then, and counts are rounded).

    `frame` samples could have been drawn, `drawn` were; `tasks` of them are new, the others are asked about already;
    about `second` a second person is asked. `expected_half_width` is half of the 95 % interval that people's verdicts
    alone are expected to give, as a rate; None for an empty frame.
    """

    id: str | None
    kind: WaveKind
    start: datetime
    end: datetime | None
    frame: int
    drawn: int
    tasks: int
    second: int
    expected_half_width: float | None
    design: dict[str, Any] = field(default_factory=dict)


def draw_wave(
    store: Store,
    project: str,
    request: WaveRequest,
    clock: Clock,
    *,
    actor: str = LOCAL,
    hints: Hints | None = None,
    simulated: bool = False,
) -> Drawn:
    """Draw a batch wave, or say what it would draw. `simulated`: it is answered from recorded truth, as in the demo.

    Raises:
        NotFound: the rule, the criterion or the wave that is to be topped up is none.
        InvalidInput: the rule judges by another criterion, the filter can not work, nothing could be drawn, or a
            top-up names another design.
    """
    if request.size is None:
        raise InvalidInput("size", "is missing", "Say how many samples are to be drawn")
    check_filter(request.filter)
    now = clock.now()
    with store.read() as unit:
        request, before = topped_up(unit, project, request)
        frame = _frame(unit, project, request, now)
        criterion_of(unit, project, request.criterion)
    columns = frame.columns(store, request.design.by, asked=before is not None)
    if before is None:
        design = freeze(request.design, columns, request.size or 0)
    else:
        design = rescaled(FrozenDesign.of(before.design), columns, request.size or 0, before.id)
    if request.dry_run:
        return _expected(request, frame, columns, design)
    if not len(columns):
        problem = f"there is no sample that the rule {request.rule} has judged in this window, or none that passes"
        raise InvalidInput("from", problem, "Name another window or filter, or try it with dry_run first")
    wave = new_wave(project, request, frame, design, actor, now, simulated=simulated)
    found = _draw(store, frame, wave, design, clock)
    for stage in (SCORE, JUDGE, AGGREGATE):
        (hints or NoHints()).wake(stage)
    return replace(found, expected_half_width=design.half_width(columns))


def topped_up(unit: Unit, project: str, request: WaveRequest) -> tuple[WaveRequest, Wave | None]:
    """The request, with what the wave that it tops up says, and that wave.

    Raises:
        NotFound: there is no such wave.
        InvalidInput: it is one of another rule, evaluator version or criterion, or has another design, or one that
            can not be read.
    """
    if request.top_up is None:
        return request, None
    before = unit.of(project).waves.get(request.top_up)
    if before is None:
        raise NotFound("wave", request.top_up, "List what there is with `faithline waves list`")
    if (before.rule, before.criterion) != (request.rule, request.criterion):
        whose = f"is a wave of the rule {before.rule} by {before.criterion}"
        raise InvalidInput("top_up", whose, "Name the same rule and criterion, or draw a wave of its own")
    if "design" in request.model_fields_set and request.design != before.request.design:
        raise InvalidInput("design", "is that of the wave that is topped up", "Leave it out, or leave top_up out")
    if rule_of(unit, project, request.rule, request.criterion).series != before.series:
        problem = f"was drawn over another evaluator version of the rule {before.rule}"
        raise InvalidInput("top_up", problem, "Draw a wave of its own")
    try:
        FrozenDesign.of(before.design)
    except TypeError:
        raise InvalidInput("top_up", "has a design that can not be read", "Draw a wave of its own") from None
    changed: dict[str, Any] = {"design": before.request.design, "filter": request.filter or before.request.filter}
    if request.size is not None and before.end is not None:
        changed |= {"start": request.start or before.start, "end": request.end or before.end}
    return request.model_copy(update=changed), before


def _frame(unit: Unit, project: str, request: WaveRequest, now: datetime) -> Frame:
    end = now if request.end is None else min(request.end, now)
    start = end - WINDOW if request.start is None else request.start
    if start >= end:
        raise InvalidInput("from", "must lie before `to`, and before now", "Give times like 2026-11-01T00:00:00Z")
    rule = rule_of(unit, project, request.rule, request.criterion)
    return Frame(project=project, rule=rule, start=start, end=end, filter=request.filter)


def new_wave(
    project: str, request: WaveRequest, frame: Frame, design: FrozenDesign, actor: str, now: datetime,
    *, simulated: bool = False,
) -> Wave:  # fmt: skip
    """A wave that nothing is decided of yet; its criterion's version is filled in when it is stored."""
    standing = request.kind is WaveKind.STANDING
    return Wave(
        project=project, id=random_id("wave-"), kind=request.kind, criterion=request.criterion,
        criterion_version="", rule=request.rule, series=frame.rule.series,
        fingerprint=frame.rule.rule.fingerprint, start=frame.start, end=None if standing else frame.end,
        request=request, design=design.as_json(), salt=random_id() + random_id(), simulated=simulated,
        frame=0, drawn=0, second=0, created_at=now, created_by=actor,
    )  # fmt: skip


def unit_rows(
    wave: Wave, design: FrozenDesign, units: Sequence[FrameUnit], now: datetime
) -> list[tuple[FrameUnit, dict[str, Any]]]:
    """The decisions of `wave` on units of its frame, as rows of the table `wave_unit`."""
    rho = design.probabilities(Columns.of(units, design.by)).tolist()
    return [
        (u, {
            "day": u.day, "wave": wave.id, "target_kind": u.target_kind, "target_id": u.target_id,
            "trace_id": u.trace_id, "content_hash": u.content_hash, "probability": p,
            "drawn": uniform(wave.salt, wave.project, u.target_id) < p, "at": u.at, "decided_at": now,
        })
        for u, p in zip(units, rho, strict=True)
    ]  # fmt: skip


def _draw(store: Store, frame: Frame, wave: Wave, design: FrozenDesign, clock: Clock) -> Drawn:
    wave = store.change(partial(_begin, wave=wave))
    drawn: list[FrameUnit] = []
    minutes_met: set[datetime] = set()
    met, after = 0, None
    while True:
        page, decided = store.change(partial(_decide, frame=frame, wave=wave, design=design, after=after))
        if not page:
            break
        after, met = page[-1], met + len(decided)
        minutes_met |= {floor_minute(u.at) for u, _ in decided}
        drawn += [replace(u, trace=None) for u, row in decided if row["drawn"]]
    minutes = sorted(minutes_met)
    tasks, second = store.change(
        partial(_finish, wave=wave, frame=met, drawn=drawn, minutes=minutes, now=clock.now())
    )
    return Drawn(
        id=wave.id, kind=wave.kind, start=wave.start, end=wave.end, frame=met, drawn=len(drawn), tasks=tasks,
        second=second, expected_half_width=None, design=wave.design,
    )  # fmt: skip


def _begin(unit: Unit, wave: Wave) -> Wave:
    mine = unit.of(wave.project)
    for old in mine.waves.given_up(wave.created_at - GIVEN_UP_AFTER):
        mine.waves.drop(old)
    criterion = ensure_stored(unit, wave.project, wave.criterion, wave.created_at)
    wave = replace(wave, criterion_version=criterion.version)
    mine.waves.add(wave, complete=False)
    return wave


def _decide(
    unit: Unit, frame: Frame, wave: Wave, design: FrozenDesign, after: FrameUnit | None
) -> tuple[list[FrameUnit], list[tuple[FrameUnit, dict[str, Any]]]]:
    mine = unit.of(wave.project)
    page = frame.page(mine, after)
    decided = unit_rows(wave, design, frame.passing(page), wave.created_at)
    mine.waves.decide([row for _, row in decided])
    return page, decided


def _finish(
    unit: Unit, wave: Wave, frame: int, drawn: Sequence[FrameUnit], minutes: Sequence[datetime], now: datetime
) -> tuple[int, int]:
    mine = unit.of(wave.project)
    mine.waves.alone(wave.criterion)
    if (there := mine.waves.get(wave.id)) is not None:  # committed before, as it turns out: the connection was lost
        return sum(n for _, review, _, n in mine.tasks.counts([wave.id]) if review == Review.FIRST), there.second
    mine.waves.finish(wave.id, frame, len(drawn), 0)
    tasks = second = 0
    for start in range(0, len(drawn), ASKED):
        asked = ask(unit, wave, drawn[start : start + ASKED], now)
        tasks, second = tasks + asked[0], second + asked[1]
    mine.waves.count(wave.id, 0, 0, second)
    remember(mine, wave)
    # Their cells are to tell what lies in a frame.
    unit.marks.mark([(wave.project, wave.series, minute) for minute in minutes], now)
    audit_wave(unit, wave, "wave.draw", now, frame=frame, drawn=len(drawn), second=second)
    return tasks, second


def audit_wave(unit: Unit, wave: Wave, action: str, now: datetime, **details: Any) -> None:
    """Note what was done with a wave, by whoever made it."""
    about = {"criterion": wave.criterion, "rule": wave.rule, "design": wave.design["kind"]}
    unit.of(wave.project).audit.record(wave.created_by, action, wave.id, now, **about, **details)


def _expected(request: WaveRequest, frame: Frame, columns: Columns, design: FrozenDesign) -> Drawn:
    rho = design.probabilities(columns)
    new = float(rho[~np.asarray(columns.asked, dtype=np.bool_)].sum()) if len(columns) else 0.0
    return Drawn(
        id=None, kind=request.kind, start=frame.start, end=frame.end, frame=len(columns),
        drawn=round(float(rho.sum())), tasks=round(new), second=round(new * request.second_share),
        expected_half_width=design.half_width(columns), design=design.as_json(),
    )  # fmt: skip
