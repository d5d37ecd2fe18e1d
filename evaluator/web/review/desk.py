"""The page to label from: one task at a time, and what was said of it.

A verdict and the next task are one request, so nobody waits between two. Without scripts the same forms lead from
page to page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from evaluator.bootstrap import Services
from evaluator.core.access import Scope
from evaluator.core.errors import Conflict, InvalidInput, NotFound
from evaluator.core.review.label import Answered
from evaluator.core.review.wave import Wave
from evaluator.ingest.clean import clean_text
from evaluator.pipeline.review.serve import BATCH, next_task
from evaluator.pipeline.review.verdicts import give_verdict, skip
from evaluator.pipeline.review.withdrawal import undo
from evaluator.store.store import Unit
from evaluator.web.forms import own_form
from evaluator.web.rendering import page
from evaluator.web.review.annotator import annotator_of, remember
from evaluator.web.review.changed import what_changed
from evaluator.web.review.task import NOTHING_YET, Draft, draft_of, spans_of, task_view
from evaluator.web.review.told import told
from evaluator.web.review.waves import WaveView, open_waves
from evaluator.web.sessions import Visitor, project_of

PARAMETERS = ("wave", "batch", "trail")
PART = "x-faithline-part"
"""A header of requests by the page's script, which wants no more than what changes on the page."""
TRAIL = 30
"""So many verdicts can be taken back, the last one first."""
_TASK = re.compile(r"task-[0-9a-f]{24}")
_NO_MARKS = (Answered.CANNOT_TELL, Answered.DOES_NOT_APPLY)


@dataclass(frozen=True, slots=True)
class Sitting:
    """Where a reviewer is: the wave that they label (None: any), the batch of the task that they answered last, and
    the tasks that they have answered, which they can take back."""

    wave: str | None = None
    batch: int | None = None
    trail: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Sitting:
        """As the address or a form says it; what makes no sense is passed over."""
        batch = given.get("batch", "")
        trail = [task for task in given.get("trail", "").split(",") if _TASK.fullmatch(task)]
        wave = clean_text(given.get("wave", ""))[:64] or None
        return cls(wave, int(batch) if batch.isdecimal() and len(batch) < 7 else None, tuple(trail[-TRAIL:]))

    @property
    def joined(self) -> str:
        return ",".join(self.trail)

    def href(self, **more: str) -> str:
        """The address of the page for this sitting."""
        asked = {"wave": self.wave or "", "trail": self.joined, **more}
        given = {name: value for name, value in asked.items() if value}
        return "/review" + (f"?{urlencode(given)}" if given else "")


class Desk:
    """The handlers of /review."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def show(self, request: Request) -> Response:
        """The next task."""
        asked = request.query_params
        try:
            return self._page(request, Sitting.of(asked))
        except NotFound:  # the wave of an old link
            return self._page(request, Sitting(), "There is no such wave, so here is a task of any.")

    async def name(self, request: Request) -> Response:
        """Take the name of whoever labels, where no keys are asked for."""
        sent = await own_form(request)
        response = RedirectResponse(Sitting.of(sent).href(), 303)
        remember(response, sent.get("annotator", "").strip())
        return response

    async def answer(self, request: Request, task_id: str) -> Response:
        """Take a verdict, a skip or a wish to take one back, and show the next task."""
        sent = await own_form(request)
        return await run_in_threadpool(self._answer, request, task_id, sent)

    def _answer(self, request: Request, task: str, sent: Mapping[str, str]) -> Response:
        sitting, services, project = Sitting.of(sent), self._services, project_of(request)
        annotator, back = annotator_of(request), sent.get("do") == "undo"
        others = tuple(one for one in sitting.trail if one != task)
        with services.store.read() as unit:
            before = unit.of(project).labels.own(task, annotator)
        try:
            self._take(project, annotator, task, sent)
        except Conflict:
            with services.store.read() as unit:
                said = told(unit, project, annotator, task, back)
            return self._page(request, sitting, said)
        except NotFound:
            return self._page(request, sitting, "That task is gone, with its trace. Here is the next one.")
        except InvalidInput as error:
            marks = "[]" if error.field.startswith("spans") else sent.get("spans", "[]")
            draft = Draft(sent.get("level", ""), marks, sent.get("comment", ""))
            return self._page(request, replace(sitting, batch=None), f"{error}.", task=task, draft=draft)
        if back:
            sitting, draft = replace(sitting, batch=None, trail=others), draft_of(before)
            return self._page(request, sitting, task=task, draft=draft)
        return self._went_on(request, replace(sitting, trail=(*others, task)[-TRAIL:]))

    def _take(self, project: str, annotator: str, task: str, sent: Mapping[str, str]) -> None:
        """Do what a form asks for; raises as `give_verdict`, `skip` and `undo` do."""
        who = self._services.store, project, annotator, task, self._services.clock
        comment, level = sent.get("comment", ""), sent.get("level", "")
        match sent.get("do"):
            case "undo":
                undo(*who, self._services.review_lease)
            case "skip":
                skip(*who, comment=comment)
            case _:
                marks = () if level in _NO_MARKS else spans_of(sent.get("spans", ""))
                give_verdict(*who, level=level, spans=marks, comment=comment)

    def _went_on(self, request: Request, sitting: Sitting) -> Response:
        """What follows; where no script asks, by an address that can be loaded again."""
        if PART in request.headers:
            return self._page(request, sitting)
        batch = {} if sitting.batch is None else {"batch": str(sitting.batch)}
        return RedirectResponse(sitting.href(**batch), 303)

    def _page(
        self, request: Request, sitting: Sitting, notice: str = "", *,
        task: str | None = None, draft: Draft = NOTHING_YET,
    ) -> Response:  # fmt: skip
        project, services = project_of(request), self._services
        annotator, now = annotator_of(request), services.clock.now()
        found = next_task(
            services.store, project, annotator, services.clock,
            wave=sitting.wave, lease=services.review_lease, task=task,
        )  # fmt: skip
        ended = found is None or (sitting.batch is not None and sitting.batch != found.batch)
        values: dict[str, Any] = {"task": None if found is None else task_view(found, draft), "changes": []}
        part = PART in request.headers
        with services.store.read() as unit:
            # Counting them takes longer than serving a task, and an open page keeps the choice that it has.
            waves = open_waves(unit, project) if ended or not part else []
            if ended and _visitor(request).may(Scope.READ):
                labelled = _labelled(unit, project, annotator, sitting, waves)
                values["changes"] = what_changed(unit, project, labelled, now)
            if found is None:
                values["rules"] = [(r.rule.name, r.criterion.name) for r in unit.of(project).rules.active()]
        return page(
            request, "review/_desk.html" if part else "review/desk.html", title="Review", waves=waves,
            annotator=annotator, sitting=sitting, ended=ended, notice=notice, batch_size=BATCH,
            lease=int(services.review_lease.total_seconds()), **values,
        )  # fmt: skip


def _labelled(
    unit: Unit, project: str, annotator: str, sitting: Sitting, opened: list[WaveView]
) -> list[Wave]:  # fmt: skip
    """The waves in which the annotator has said something, the newest first: the one that they are at, or any."""
    if sitting.wave is not None:
        return unit.of(project).waves.named([sitting.wave])
    mine = {view.wave.id for view in opened if annotator in view.annotators}
    for task in unit.of(project).tasks.page("", TRAIL, ids=sitting.trail) if sitting.trail else ():
        mine.add(task["wave"])
    return unit.of(project).waves.named(mine)


def _visitor(request: Request) -> Visitor:
    visitor: Visitor = request.state.visitor
    return visitor


def _project(request: Request) -> str:
    return _visitor(request).project
