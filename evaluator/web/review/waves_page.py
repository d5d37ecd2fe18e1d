"""The page that lists waves."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from evaluator.bootstrap import Services
from evaluator.pipeline.access.places import Places
from evaluator.pipeline.review.waves import close_wave
from evaluator.web.forms import own_form
from evaluator.web.rendering import page
from evaluator.web.review.waves import SHOWN, wave_views
from evaluator.web.sessions import Visitor


class WavesPage:
    """The handlers of /waves."""

    def __init__(self, services: Services, places: Places) -> None:
        self._services, self._places = services, places

    def show(self, request: Request) -> Response:
        """The newest waves, and how far each is."""
        visitor: Visitor = request.state.visitor
        with self._places.read(visitor.project) as unit:
            waves = unit.of(visitor.project).waves.newest(SHOWN + 1)
            found = wave_views(unit, visitor.project, waves[:SHOWN])
            rules = [(r.rule.name, r.criterion.name) for r in unit.of(visitor.project).rules.active()]
        more = len(waves) > SHOWN
        return page(request, "review/waves.html", title="Waves", waves=found, rules=rules, more=more)

    async def close(self, request: Request, wave_id: str) -> Response:
        """End a wave."""
        visitor: Visitor = request.state.visitor
        await own_form(request)
        services, actor = self._services, visitor.principal.actor
        await run_in_threadpool(close_wave, services.store, visitor.project, wave_id, services.clock, actor=actor)
        return RedirectResponse("/waves", 303)
