"""Why a verdict was not taken, said to whoever gave it: somebody was faster, or they have answered already."""

from __future__ import annotations

from evaluator.pipeline.catalog.criteria import criterion_of
from evaluator.store.store import Unit

GONE_ON = {
    "done": "Somebody else answered that one first, so your verdict was not needed. Here is the next one.",
    "passed": "That one was passed on so often that nobody is asked any more. Here is the next one.",
    "closed": "The wave of that one was closed meanwhile, and nothing more is taken for it. Here is the next one.",
    "waiting": "Somebody took back what they said of that one, so it has to wait. Here is the next one.",
}
TAKEN = "That one was given to somebody else after you had it for a while. Here is the next one."
NOT_BACK = (
    "That can not be taken back any more: others have gone on from it, its wave was closed, or a day has passed."
)


def told(unit: Unit, project: str, annotator: str, task: str, taking_back: bool) -> str:
    """What to say of a conflict about a task, looking at how it stands now."""
    if taking_back:
        return NOT_BACK
    mine = unit.of(project)
    row = mine.tasks.get(task)
    if row is None:
        return GONE_ON["done"]
    said = mine.labels.own(task, annotator)
    if said is None:
        return GONE_ON.get(row["state"], TAKEN)
    level = criterion_of(unit, project, row["criterion"], row["criterion_version"]).level(said["level"] or "")
    answer = level.title if level else said["answered"].replace("_", " ")
    return f"You have answered that one already, perhaps in another tab: “{answer}” stands. Here is the next one."
