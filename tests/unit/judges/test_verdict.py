"""A reply is read strictly into the verdicts of its rubric, or not at all."""

from __future__ import annotations

import jsonschema
import pytest

from evaluator.judges.verdict import Unreadable, Verdict, read_verdict, schema_of
from tests.support.judging import rubric_of

RUBRIC = rubric_of()


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ('{"reason": "So.", "verdict": "kind"}', Verdict("kind", "So.")),
        ('  {"reason": "So.", "verdict": "kind"}\n', Verdict("kind", "So.")),
        ('```json\n{"reason": "So.", "verdict": "rude"}\n```', Verdict("rude", "So.")),
        (' ``` \n\n{"reason": "So.", "verdict": "rude"}\n\n ```\n', Verdict("rude", "So.")),
        ('{"reason": "So.", "verdict": "Rude "}', Verdict("rude", "So.")),
        ('{"verdict": "cannot-tell"}', Verdict("cannot_tell")),
        ('{"reason": "", "verdict": "CANNOT TELL"}', Verdict("cannot_tell")),
        ('{"reason": "So.", "confidence": 0.9, "verdict": "curt"}', Verdict("curt", "So.")),
    ],
)
def test_what_is_read(text: str, verdict: Verdict) -> None:
    assert read_verdict(text, RUBRIC) == verdict


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not one JSON object"),
        ("kind", "not one JSON object"),
        ('{"reason": "So.", "verdict": "kind"', "not one JSON object"),
        ('{"reason": "So.", "verdict": "kind"} {"verdict": "rude"}', "not one JSON object"),
        ('Sure! {"verdict": "kind"}', "not one JSON object"),
        ("[" * 100_000, "not one JSON object"),
        ("```" + "\n" * 1_000_000 + "x", "not one JSON object"),
        ("```\n" + " \n" * 500_000 + "x\n```", "not one JSON object"),
        ("```", "not one JSON object"),
        ('```json {"verdict": "kind"}```', "not one JSON object"),
        ('```"kind"\n{"verdict": "kind"}\n```', "not one JSON object"),
        ('["kind"]', "no object"),
        ('{"reason": "So."}', "no verdict"),
        ('{"verdict": 0.8}', "no text"),
        ('{"verdict": "0.8"}', "none of those"),
        ('{"verdict": 9.2e124}', "no text"),
        ('{"verdict": true}', "no text"),
        ('{"verdict": null}', "no text"),
        ('{"verdict": ["kind"]}', "no text"),
        ('{"verdict": "kind or rude"}', "none of those"),
        ('{"verdict": "does_not_apply"}', "none of those"),
        ('{"verdict": "rude", "verdict": "kind"}', "twice"),
        ('{"reason": {"verdict": "kind", "verdict": "rude"}, "verdict": "kind"}', "twice"),
        ('{"reason": 3, "verdict": "kind"}', "reason was no text"),
        ('{"reason": "", "verdict": "kind", "note": {"verdict": "rude"}}', "held more"),
        ('{"verdict": "kind", "all": [{"verdict": "rude"}]}', "held more"),
    ],
)
def test_what_is_not(text: str, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        read_verdict(text, RUBRIC)


def test_what_does_not_apply_is_said_only_where_it_may() -> None:
    assert (
        read_verdict('{"verdict": "does_not_apply"}', rubric_of(does_not_apply="It is empty.")).label
        == "does_not_apply"
    )


def test_the_schema_asks_for_the_reason_first() -> None:
    schema = schema_of(RUBRIC)
    assert list(schema["properties"]) == ["reason", "verdict"] == schema["required"]
    jsonschema.validate({"reason": "So.", "verdict": "cannot_tell"}, schema)
    for wrong in ({"verdict": "kind"}, {"reason": "", "verdict": "0.8"}, {"reason": "", "verdict": "kind", "x": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)
    assert list(schema_of(RUBRIC, explain=False)["properties"]) == ["verdict"]
