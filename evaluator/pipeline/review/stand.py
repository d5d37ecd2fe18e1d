"""Standing waves: a frozen design decides on every trace of a rule when its outcome is final.

Saving an outcome notes its target where a standing wave waits for it (`anchors.note_outcomes`); the step here takes
what was noted, decides, and makes tasks of what is drawn. A wave decides on a target once. One whose design can not
be read is set aside, and decides on what came meanwhile once it can be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from evaluator.core.access import LOCAL
from evaluator.core.errors import InvalidInput, is_away, told
from evaluator.core.ports import Clock
from evaluator.core.quarantine import Kind, Step
from evaluator.core.retry import RETRY, RetryPolicy
from evaluator.core.review.wave import Wave, WaveKind, WaveRequest
from evaluator.core.times import AHEAD, floor_minute
from evaluator.core.turns import Turns
from evaluator.pipeline.catalog.criteria import criterion_of, ensure_stored
from evaluator.pipeline.isolation import Isolation, apart, one_by_one
from evaluator.pipeline.review.asking import ask, remember
from evaluator.pipeline.review.design import Columns, FrozenDesign, freeze
from evaluator.pipeline.review.draw import Drawn, audit_wave, new_wave, topped_up, unit_rows
from evaluator.pipeline.review.frame import PAGE, Frame, check_filter, passing, rule_of
from evaluator.stats.review import scale_for
from evaluator.store.repositories.due import Due
from evaluator.store.repositories.review.frames import FrameUnit
from evaluator.store.store import Store, Unit

log = structlog.get_logger()

LOOKS_BACK = timedelta(days=7)
"""The arrivals by which the scale of a standing wave is set."""
ASSUMED = 1000.0
"""Arrivals a day that are assumed of a rule that has judged nothing yet: draw a new wave once it has."""
DUE = 200
"""Targets decided on in one transaction."""


def stand_wave(
    store: Store, project: str, request: WaveRequest, clock: Clock, *, actor: str = LOCAL, simulated: bool = False
) -> Drawn:
    """Begin a standing wave, or say what a day of it would draw.

    It looks at traces that begin from the next minute on, so that none of them was judged before the wave was there.

    Raises:
        NotFound: the rule, the criterion or the wave that is to be topped up is none.
        InvalidInput: the rule judges by another criterion, or the filter can not work.
    """
    if request.per_day is None:
        raise InvalidInput("per_day", "is missing", "Say how many samples a day are to be drawn")
    check_filter(request.filter)
    now = clock.now()
    with store.read() as unit:
        request, before = topped_up(unit, project, request)
        rule = rule_of(unit, project, request.rule, request.criterion)
        criterion_of(unit, project, request.criterion)
    recent = Frame(project=project, rule=rule, start=now - LOOKS_BACK, end=now, filter=request.filter)
    columns = recent.columns(store, request.design.by)
    with store.read() as unit:
        series, pinned = rule.series, rule.rule.fingerprint
        first = unit.of(project).frames.page(series, pinned, (recent.start, recent.end), None, 1)
    days = _days(now, first[0].at if first else now)
    design = _design(request, before, columns, days)
    start = floor_minute(now) + timedelta(minutes=1)
    wave = new_wave(project, request, replace(recent, start=start), design, actor, now, simulated=simulated)
    a_day = float(design.probabilities(columns).sum()) / days
    found = Drawn(
        id=None, kind=WaveKind.STANDING, start=start, end=None, frame=round(len(columns) / days), drawn=round(a_day),
        tasks=round(a_day), second=round(a_day * request.second_share), design=wave.design,
        expected_half_width=design.half_width(columns),
    )  # fmt: skip
    if request.dry_run:
        return found
    store.change(partial(_begin, wave=wave))
    return replace(found, id=wave.id, frame=0, drawn=0, tasks=0, second=0)


def _days(now: datetime, first: datetime) -> float:
    """Over how many days recent arrivals came; an hour at least, so that the first few do not count for a day."""
    return max(timedelta(hours=1), min(LOOKS_BACK, now - first)) / timedelta(days=1)


def _design(request: WaveRequest, before: Wave | None, recent: Columns, days: float) -> FrozenDesign:
    per_day = request.per_day or 0.0
    if before is not None:
        frozen = replace(FrozenDesign.of(before.design), top_up=before.id)
    else:
        frozen = freeze(request.design, recent, per_day * days, days)
    if not len(recent):
        return replace(frozen, scale=per_day / ASSUMED, assumed_per_day=ASSUMED)
    if before is None:
        return frozen
    return replace(frozen, scale=scale_for(frozen.chances(recent), per_day * days))


def _begin(unit: Unit, wave: Wave) -> None:
    criterion = ensure_stored(unit, wave.project, wave.criterion, wave.created_at)
    unit.of(wave.project).waves.add(replace(wave, criterion_version=criterion.version), complete=True)
    audit_wave(unit, wave, "wave.stand", wave.created_at, per_day=wave.request.per_day)


def decide_due(
    store: Store, clock: Clock, limit: int = DUE, turns: Turns | None = None, retry: RetryPolicy = RETRY
) -> int:
    """Decide on `limit` targets that standing waves wait for, of each project its share; returns how many."""
    isolation = Isolation(store, clock, Step.REVIEW, turns or Turns(), retry)
    return isolation.each(_waiting, partial(_project, isolation), limit)


def _waiting(unit: Unit) -> list[str]:
    return sorted({*unit.due_targets.projects(), *unit.quarantine.trying(Step.REVIEW, Kind.WAVE)})


def _project(isolation: Isolation, project: str, limit: int) -> int:
    now = isolation.clock.now()
    with isolation.store.read() as unit:
        aside = unit.of(project).quarantine.at(Step.REVIEW, Kind.WAVE)
    tried = [wave for wave, found in aside.items() if not found.waits(now)]
    catch_up, again = partial(_catch_up, isolation, project), partial(isolation.set_aside, project, Kind.WAVE)
    one_by_one(tried, catch_up, again)
    with isolation.store.read() as unit:
        due = unit.of(project).waves.due(limit)

    def guilty(one: Due, error: Exception) -> None:
        def move(unit: Unit) -> bool:
            unit.of(project).waves.drop_due([one])
            return True

        isolation.set_aside(project, Kind.TRACE, one.trace_id, error, move)

    return apart(due, partial(_decide, isolation, project), guilty) if due else 0


def _decide(isolation: Isolation, project: str, due: Sequence[Due]) -> int:
    with isolation.store.write() as unit:
        mine = unit.of(project)
        by_fingerprint: dict[str, list[Due]] = defaultdict(list)
        aside = mine.quarantine.at(Step.REVIEW, Kind.WAVE)
        for one in mine.waves.take(due):
            by_fingerprint[one.fingerprint].append(one)
        for fingerprint, some in sorted(by_fingerprint.items()):
            for wave in sorted(mine.waves.standing(fingerprint), key=lambda w: (w.criterion, w.id)):
                if wave.id not in aside:
                    _decide_by(isolation, unit, wave, some)
        mine.quarantine.clear(Step.REVIEW, Kind.TRACE, sorted({one.trace_id for one in due}))
    return len(due)


def _catch_up(isolation: Isolation, project: str, wave_id: str) -> int:
    """Have a wave that was set aside decide on what came meanwhile, if its design can be read by now."""
    with isolation.store.read() as unit:
        wave = unit.of(project).waves.get(wave_id)
    if wave is not None and wave.open:
        note, after = partial(_note_missed, wave=wave, now=isolation.clock.now()), None
        while (after := isolation.store.change(partial(note, after=after))) is not None:
            pass
    isolation.forget(project, Kind.WAVE, wave_id)
    return 0


def _note_missed(unit: Unit, wave: Wave, after: FrameUnit | None, now: datetime) -> FrameUnit | None:
    """Note what a wave can decide on, of the units that began since it did; returns the last one that was looked at.
    Raises whatever deciding would."""
    mine, window = unit.of(wave.project), (wave.start, now + AHEAD)
    page = mine.frames.page(wave.series, wave.fingerprint, window, after, PAGE)
    unit_rows(wave, FrozenDesign.of(wave.design), page, now)
    known = mine.waves.decisions([u.target for u in page], [wave.id])
    missed = [u for u in page if u.target not in known]
    names = ("target_kind", "target_id", "day", "trace_id")
    mine.waves.note([{"fingerprint": wave.fingerprint} | {n: getattr(u, n) for n in names} for u in missed])
    return page[-1] if page else None


def _decide_by(isolation: Isolation, unit: Unit, wave: Wave, due: Sequence[Due]) -> None:
    """The decisions of one wave on those of `due` that it has not decided on yet."""
    mine, now = unit.of(wave.project), isolation.clock.now()
    targets = [(one.day, one.target_kind, one.target_id) for one in due]
    asks = bool(wave.request.filter)
    known = mine.waves.decisions([target[1:] for target in targets], [wave.id])
    units = mine.frames.named(wave.series, wave.fingerprint, targets, facts=asks)
    fresh = [u for u in units if u.at >= wave.start and u.target not in known]
    try:
        decided = unit_rows(wave, FrozenDesign.of(wave.design), passing(wave.request.filter, fresh), now)
    except Exception as error:
        if is_away(error):
            raise
        # Its design can not be read: the other waves go on, and it catches up.
        log.warning("wave_undecided", wave=wave.id, error=type(error).__name__)
        mine.quarantine.put(Step.REVIEW, Kind.WAVE, wave.id, told(error), now, isolation.retry)
        return
    if not decided:
        return
    mine.waves.alone(wave.criterion)
    if not mine.waves.opened() & {wave.id}:  # somebody closed it meanwhile
        return
    mine.waves.decide([row for _, row in decided])
    unit.marks.mark([(wave.project, wave.series, floor_minute(u.at)) for u, _ in decided], now)
    drawn = [u for u, row in decided if row["drawn"]]
    _, second = ask(unit, wave, drawn, now)
    remember(mine, wave, [u.target for u, _ in decided])
    mine.waves.count(wave.id, len(decided), len(drawn), second)
