"""External scores and feedback as JSON into annotations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from evaluator.core.annotation import FEEDBACK_NAME, Annotation, AnnotationKind
from evaluator.core.bounds import COMMENT, FACTS, ID, LABEL, SCORE, SCORE_NAME, TARGET_ID
from evaluator.core.errors import InvalidInput, ItemError
from evaluator.core.ids import content_hash
from evaluator.core.trace import ROOT_ANSWER, target_id
from evaluator.ingest.clean import clean_json
from evaluator.ingest.clocks import check_time
from evaluator.ingest.native.fields import canonical_id, first_problem, read_feedback
from evaluator.ingest.native.model import Id, Text, Time
from evaluator.ingest.numbers import is_number
from evaluator.ingest.users import Named, Users


def _number(value: Any) -> Any:
    """Raises ValueError for what looks like a number and is none: a guess would be stored as somebody's score."""
    if not is_number(value):
        raise ValueError("is no number")
    if not SCORE.holds(value):
        raise ValueError(f"is not {SCORE}")
    return float(value)


Number = Annotated[float, BeforeValidator(_number)]
Name = Annotated[Text, Field(min_length=1, max_length=SCORE_NAME.size)]
Label = Annotated[Text, Field(min_length=1, max_length=LABEL.size)]
Comment = Annotated[str, Field(max_length=COMMENT.size)]


class _Said(BaseModel):
    """What both kinds have. A null counts as left out; what is unknown here goes to the metadata."""

    model_config = ConfigDict(extra="allow")

    id: Id | None = None
    trace_id: Id
    answer_id: Id | None = None
    target_id: Annotated[str, Field(min_length=1, max_length=TARGET_ID.size)] | None = None
    comment: Comment = Field(default="", validation_alias=AliasChoices("comment", "explanation"))
    source: Annotated[Text, Field(max_length=LABEL.size)] = ""
    user: Text | None = Field(default=None, validation_alias=AliasChoices("user_id", "user"))
    timestamp: Time | None = None
    metadata: dict[str, Any] = {}


class _Score(_Said):
    name: Name
    value: Number | None = None
    label: Label | None = None


class _Feedback(_Said):
    name: Name = FEEDBACK_NAME
    value: Number | None = None
    thumbs: Annotated[float | None, BeforeValidator(read_feedback)] = None


_MODELS: dict[AnnotationKind, type[_Score] | type[_Feedback]] = {
    AnnotationKind.SCORE: _Score,
    AnnotationKind.FEEDBACK: _Feedback,
}
_REMEDIES = {
    "id": f"Send at most {ID.most} characters",
    "trace_id": f"Send the id of the trace that this is about, at most {ID.most} characters",
    "answer_id": "Send the id of one answer of the trace, or leave it out",
    "target_id": "Send the target_id that GET /api/v1/traces/{id} shows for an answer, or leave it out",
    "name": f"Send 1 to {SCORE_NAME.most} characters",
    "value": f"Send a finite number of at most {SCORE.most:.0e} either way, without quotes",
    "label": f"Send 1 to {LABEL.most} characters",
    "thumbs": "Send up or down",
    "comment": f"Send text of at most {COMMENT.most} characters",
    "explanation": f"Send text of at most {COMMENT.most} characters",
    "source": f"Send at most {LABEL.most} characters",
    "timestamp": "Send ISO 8601 with a zone, or s, ms or ns since 1970",
    "metadata": "Send an object",
}


def parse(
    kind: AnnotationKind, items: Sequence[Any], *, project: str, received: datetime, user_keys: Iterable[str] = ()
) -> tuple[list[tuple[int, Annotation]], list[ItemError]]:
    """Annotations of the items that are in order, each with its index, and the reasons why the others are not.

    NUL and lone surrogates become U+FFFD, and user ids pseudonyms. An item without an id is named by its content.

    Args:
        kind: what the items are.
        items: objects as parsed from JSON.
        project: the project that they belong to.
        received: when they arrived (UTC): the time of one that states none.
        user_keys: names in metadata that hold a user, beside those that are known to.
    """
    users = Users(project, user_keys)
    found: list[tuple[int, Annotation]] = []
    errors: list[ItemError] = []
    for index, item in enumerate(items):
        try:
            found.append((index, _parse_one(kind, item, users, received)))
        except InvalidInput as error:
            errors.append(ItemError.of(index, error))
    return found, errors


def _parse_one(kind: AnnotationKind, item: Any, users: Users, received: datetime) -> Annotation:
    if not isinstance(item, dict):
        raise InvalidInput(kind, "is not an object", "Send one JSON object for each")
    item = {name: value for name, value in clean_json(item, kind).items() if value is not None}
    try:
        said = _MODELS[kind].model_validate(item)
    except ValidationError as error:
        raise first_problem(error, kind, _REMEDIES) from None
    at = received if said.timestamp is None else check_time(said.timestamp, "timestamp", received)
    trace_id = canonical_id(said.trace_id)
    return Annotation(
        kind=kind,
        id=said.id or content_hash([trace_id, {k: v for k, v in item.items() if k != "trace_id"}]),
        trace_id=trace_id,
        target_id=_target(said, trace_id),
        name=said.name,
        value=_score_value(said) if isinstance(said, _Score) else _feedback_value(said),
        label=said.label if isinstance(said, _Score) else None,
        comment=said.comment,
        source=said.source,
        facts=_facts(said, users),
        at=at,
    )


def _target(said: _Said, trace_id: str) -> str | None:
    own = target_id(trace_id, ROOT_ANSWER)
    if said.target_id is None:
        return None if said.answer_id is None else target_id(trace_id, said.answer_id)
    if said.target_id != own and not said.target_id.startswith(own + ":"):
        raise InvalidInput("target_id", "is no answer of this trace", _REMEDIES["target_id"])
    return said.target_id


def _score_value(said: _Score) -> float | None:
    if said.value is None and said.label is None:
        raise InvalidInput("value", "is missing", "Send a finite number, or a label where there is none")
    return said.value


def _feedback_value(said: _Feedback) -> float:
    if (said.value is None) == (said.thumbs is None):
        problem = "is missing" if said.value is None else "is given beside thumbs"
        raise InvalidInput("value", problem, "Send either a value from -1 (bad) to 1 (good), or thumbs: up or down")
    value = said.thumbs if said.value is None else said.value
    if value is None or not -1 <= value <= 1:
        raise InvalidInput("value", "lies outside of [-1, 1]", "Send a number from -1 (bad) to 1 (good)")
    return value


def _facts(said: _Said, users: Users) -> dict[str, Any]:
    facts = users.hide({**(said.model_extra or {}), **said.metadata}, Named())
    if said.user:
        facts = {**facts, "user": users.name(said.user)}
    if len(json.dumps(facts, ensure_ascii=False)) > FACTS.most:
        raise InvalidInput("metadata", f"is longer than {FACTS.most} characters", "Send less beside the score")
    return facts
