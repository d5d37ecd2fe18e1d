"""Takes the examples of a rubric from what people have labelled.

A judge that has been shown the verdict on a sample proves nothing by agreeing with it, so each example names its
sample, and agreement, calibration and corrected rates leave that out for the versions that show it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain, zip_longest

from pydantic import ValidationError

from evaluator.core.bounds import EXAMPLES, RUBRIC_TEXT
from evaluator.core.errors import InvalidInput
from evaluator.core.rubric import Rubric
from evaluator.core.rubric_example import RubricExample
from evaluator.core.trace import Sample
from evaluator.pipeline.catalog.documents import is_printable
from evaluator.pipeline.trial.samples import Candidate, labelled
from evaluator.store.store import Store

_LONGEST = 4_000
"""Characters of an example: a judge reads all of them with every sample."""


def with_examples(store: Store, project: str, rubric: Rubric, count: int) -> Rubric:
    """`rubric` with `count` examples more, of the newest labelled samples, of each level in turn.

    Raises:
        InvalidInput: nobody has labelled so many that fit, or the rubric would have too many examples.
    """
    if not 1 <= count <= EXAMPLES.size - len(rubric.examples):
        problem = f"must be from 1 to {EXAMPLES.size - len(rubric.examples)} beside those that it has, got {count}"
        raise InvalidInput("examples_from_labels", problem, "Ask for fewer")
    with store.read() as unit:
        found = [one for one in labelled(unit.of(project), rubric) if _fits(rubric, one)]
    if len(found) < count:
        problem = f"are {count}, and {len(found)} labelled samples by {rubric.criterion.name} can be examples"
        remedy = "Ask for fewer, or label more: short ones, of levels that the rubric has as choices"
        raise InvalidInput("examples_from_labels", problem, remedy)
    chosen = [_example(rubric, one) for one in _in_turn(found)[:count]]
    said = rubric.model_dump(mode="json", exclude_defaults=True)
    return Rubric.model_validate(said | {"examples": [*said.get("examples", ()), *chosen]})


def _fits(rubric: Rubric, one: Candidate) -> bool:
    known = one.person is not None and one.person.level in rubric.scale.labels
    return known and not _lacks(rubric, one.sample) and _size(one.sample) <= _LONGEST and _can_stand(rubric, one)


def _size(sample: Sample) -> int:
    """Characters."""
    calls = [
        text or "" for call in sample.tool_calls for text in (call.name, call.arguments, call.result, call.error)
    ]
    texts = (sample.question, sample.answer, sample.system_prompt or "", *_passages(sample), *calls)
    return sum(len(text) for text in texts)


def _can_stand(rubric: Rubric, one: Candidate) -> bool:
    """Whether a rubric takes it: a sample has room for more passages, calls and names than an example has."""
    try:
        RubricExample.model_validate(_example(rubric, one))
    except ValidationError:
        return False
    return True


def _lacks(rubric: Rubric, sample: Sample) -> bool:
    given = _inputs(sample)
    return any(not given[name] for name in rubric.needs)


def _in_turn(found: Sequence[Candidate]) -> list[Candidate]:
    """The newest of every level, then the next ones: no level is shown more often than it must be."""
    by_level: dict[str, list[Candidate]] = defaultdict(list)
    for one in found:
        by_level[one.person.level if one.person else ""].append(one)
    return [one for one in chain.from_iterable(zip_longest(*by_level.values())) if one is not None]


def _example(rubric: Rubric, one: Candidate) -> dict[str, object]:
    assert one.person is not None
    names: list[str] = [*rubric.inputs]
    given = {name: text for name, text in _inputs(one.sample).items() if name in names and text}
    missing = {name: "The sample has none." for name in names if name not in given}
    return {
        **given,
        **({"missing": missing} if missing else {}),
        "label": one.person.level,
        "explanation": _told(one.person.comment),
        "sample": {
            "target_kind": one.sample.target_kind,
            "target_id": one.sample.target_id,
            "content_hash": one.sample.content_hash,
        },
    }


def _told(comment: str) -> str:
    """What a person said of a sample, as far as a rubric may say it: what is not shown as it is stays out."""
    plain = comment.replace("\r\n", "\n")
    return plain[: RUBRIC_TEXT.size] if is_printable(plain, lines=True) else ""


def _inputs(sample: Sample) -> dict[str, object]:
    return {
        "question": sample.question.strip() and sample.question,
        "context": _passages(sample),
        "answer": sample.answer.strip() and sample.answer,
        "system_prompt": sample.system_prompt or "",
        "tool_calls": [asdict(call) for call in sample.tool_calls],
        "golden_answer": "",
    }


def _passages(sample: Sample) -> list[str]:
    return [passage.text for passage in sample.passages if passage.text.strip()]
