"""Waves: samples drawn for people to label, each with its probability."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from evaluator.api.routing import resource
from evaluator.api.schemas.waves import WaveListOut, WaveOut, wave_out
from evaluator.api.state import Admin, Read, State
from evaluator.core.review.wave import WaveKind, WaveRequest
from evaluator.pipeline.review.draw import Drawn, draw_wave
from evaluator.pipeline.review.stand import stand_wave
from evaluator.pipeline.review.waves import close_wave, progress_of, wave_of

router = resource("/api/v1/waves", "waves")


@router.post("", status_code=201)
def post_wave(state: State, caller: Admin, body: WaveRequest) -> Drawn:
    """Draw samples for people to label, or with `dry_run` say what would be drawn.

    With `size` a batch over the traces that began in [`from`, `to`) (the last seven days), with `per_day` a standing
    wave that decides on every trace from now on when its outcome is final.
    """
    services = state.services
    with state.places.take(caller.project):
        if body.kind is WaveKind.STANDING:
            return stand_wave(services.store, caller.project, body, services.clock, actor=caller.actor)
        return draw_wave(
            services.store, caller.project, body, services.clock, actor=caller.actor, hints=services.hints
        )


@router.get("")
def list_waves(
    state: State,
    caller: Read,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str | None, Query(description="The id of a wave: begin with the one after it")] = None,
) -> WaveListOut:
    """Waves with how far they are, the newest first."""
    with state.places.read(caller.project) as unit:
        begin = None if after is None else wave_of(unit, caller.project, after)
        found = unit.of(caller.project).waves.newest(limit + 1, begin)
        shown = progress_of(unit, caller.project, found[:limit])
    following = found[limit - 1].id if len(found) > limit else None
    return WaveListOut(items=[wave_out(one) for one in shown], next_after=following)


@router.get("/{wave_id}")
def show_wave(state: State, caller: Read, wave_id: str) -> WaveOut:
    """A wave, its frozen design, and how far it is."""
    with state.places.read(caller.project) as unit:
        (found,) = progress_of(unit, caller.project, [wave_of(unit, caller.project, wave_id)])
    return wave_out(found)


@router.post("/{wave_id}/close")
def post_close(state: State, caller: Admin, wave_id: str) -> WaveOut:
    """End a wave: a standing one decides on nothing more, and its open tasks are served no more. What was not
    answered stays counted as such."""
    services = state.services
    with state.places.take(caller.project):
        return wave_out(close_wave(services.store, caller.project, wave_id, services.clock, actor=caller.actor))
