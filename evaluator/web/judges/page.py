"""The pages of judges: the list, and one page each."""

from __future__ import annotations

from datetime import UTC

from starlette.requests import Request
from starlette.responses import Response

from evaluator.bootstrap import Services
from evaluator.core.errors import InvalidInput
from evaluator.pipeline.access.places import Places
from evaluator.pipeline.operations.judges.report import read_judge
from evaluator.pipeline.operations.judges.versions import read_judges
from evaluator.web.asked import pass_over
from evaluator.web.judges.views import judge_view
from evaluator.web.rendering import page
from evaluator.web.sessions import project_of

PARAMETERS = ("label", "only")
SHOWN = 20
"""Of the last verdicts."""


class JudgePages:
    """The handlers of /judges and /judges/FINGERPRINT."""

    def __init__(self, services: Services, places: Places) -> None:
        self._services, self._places = services, places

    def every(self, request: Request) -> Response:
        """Every judge of the project; how to have one, where there is none."""
        project = project_of(request)
        with self._places.read(project) as unit:
            found = read_judges(unit, project, self._services.clock.now(), self._services.judges)
        return page(request, "judges/list.html", title="Judges", found=found)

    def one(self, request: Request, fingerprint: str) -> Response:
        """What a judge is asked, how it does, what it costs, and what it said last."""
        asked = {name: request.query_params.get(name) or None for name in PARAMETERS}
        project, now = project_of(request), self._services.clock.now()
        with self._places.read(project) as unit:
            try:
                found = read_judge(unit, project, fingerprint, now, self._services.judges, limit=SHOWN, **asked)
            except InvalidInput as error:
                if not any(asked.values()):
                    raise
                pass_over(request, error)
                asked = dict.fromkeys(PARAMETERS)
                found = read_judge(unit, project, fingerprint, now, self._services.judges, limit=SHOWN)
        view = judge_view(found, now.astimezone(UTC).date(), **asked)
        return page(request, "judges/judge.html", title=found.judge.title, view=view, shown=SHOWN)
