"""Scores as Langfuse's SDKs send them, as the items of our own: numbers, labels, and a user's thumbs."""

from __future__ import annotations

from typing import Any

from evaluator.core.annotation import FEEDBACK_NAME, AnnotationKind
from evaluator.core.errors import InvalidInput
from evaluator.ingest.shapes.structure import plain

SOURCE = "langfuse"
_FEEDBACK = {"userfeedback", "feedback", "thumbs", "userrating", "thumbsup"}
_MOVED = {"traceId": "trace_id", "observationId": "answer_id", "comment": "comment", "timestamp": "timestamp"}
_KEPT = ("environment", "sessionId", "dataType", "configId", "metadata")


def item_of(score: Any) -> tuple[AnnotationKind, dict[str, Any]]:
    """What a score says, and whether it is a score or a user's feedback.

    A boolean called like feedback is thumbs up or down. Other numbers stay scores: nobody knows their range.

    Raises:
        InvalidInput: no object, or it is about no trace.
    """
    if not isinstance(score, dict):
        raise InvalidInput("score", "is not an object", "Send one object for each score")
    if score.get("traceId") is None:
        about = "session" if score.get("sessionId") else "run" if score.get("datasetRunId") else None
        problem = f"is missing: scores of a {about} are not kept" if about else "is missing"
        raise InvalidInput("traceId", problem, "Score the trace, by its id")
    item: dict[str, Any] = {ours: score[theirs] for theirs, ours in _MOVED.items() if score.get(theirs) is not None}
    item |= {"source": SOURCE, "metadata": {key: score[key] for key in _KEPT if score.get(key) is not None}}
    if score.get("id") is not None:
        item["id"] = score["id"]
    name, value = score.get("name"), score.get("value")
    is_flag = isinstance(value, bool) or str(score.get("dataType", "")).upper() == "BOOLEAN"
    if is_flag and isinstance(name, str) and plain(name) in _FEEDBACK and value in (0, 1):
        # Of a trace, whatever step of it the button stood below.
        item.pop("answer_id", None)
        return AnnotationKind.FEEDBACK, item | {"name": FEEDBACK_NAME, "value": 1.0 if value else -1.0}
    if isinstance(value, bool):
        value = float(value)
    said = {"label": value} if isinstance(value, str) else {"value": value}
    return AnnotationKind.SCORE, item | {"name": name} | said
