"""Whatever JSON a rule and a trace hold: nothing raises, and what is pushed means the same when it is read again."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evaluator.core.errors import InvalidInput
from evaluator.core.rule import FIELDS, REST, Rule
from evaluator.core.rule_check import check_rule

PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(10**400), 10**400), st.floats(), st.text(max_size=8),
    st.sampled_from(["3", "3.0", "1e400", "-0", "true", "NaN", "inf", ".", "+", "9" * 60]),
)  # fmt: skip
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
FIELD = st.sampled_from([*FIELDS, "metadata.a", "metadata.b"])
OPERATOR = st.sampled_from(["eq", "ne", "in", "not_in", "lt", "le", "gt", "ge", "exists", "contains"])
CONDITION = st.fixed_dictionaries({"field": FIELD, "op": OPERATOR, "value": JSON | st.lists(PLAIN, max_size=4)})
STRATUM = st.fixed_dictionaries({"when": st.lists(CONDITION, min_size=1, max_size=3), "any": st.booleans()})


@given(
    st.lists(CONDITION, max_size=4), st.lists(STRATUM, max_size=3), st.lists(st.dictionaries(FIELD, JSON), max_size=4)
)
def test_no_condition_raises(conditions: Any, strata: Any, traces: list[dict[str, Any]]) -> None:
    named = [{"name": f"s{i}", "rate": 0.5, **stratum} for i, stratum in enumerate(strata)]
    rule = Rule.model_validate({"name": "r", "evaluator": "pii", "filter": conditions, "strata": named})
    for facts in traces:
        assert isinstance(rule.covers(facts), bool)
        assert rule.stratum(facts)[0] in {REST, *(stratum.name for stratum in rule.strata)}
    try:
        check_rule(rule)
    except InvalidInput:
        return
    again = Rule.model_validate(json.loads(json.dumps(rule.model_dump(mode="json"))))
    assert again.version == rule.version
    for facts in traces:
        assert (again.covers(facts), again.stratum(facts)) == (rule.covers(facts), rule.stratum(facts))


@given(CONDITION, JSON)
def test_a_negation_is_one(condition: dict[str, Any], fact: Any) -> None:
    def holds(op: str) -> bool:
        rule = Rule.model_validate({"name": "r", "evaluator": "pii", "filter": [condition | {"op": op}]})
        return rule.covers({condition["field"]: fact})

    assert holds("eq") != holds("ne")
    assert holds("in") != holds("not_in")
