"""YAML is read as what was written: nothing in it multiplies, and nothing of it runs."""

from __future__ import annotations

import time

import pytest
import yaml

from evaluator import shipped
from evaluator.core.bounds import DEPTH, DOCUMENT
from evaluator.core.documents import as_yaml, read_yaml
from evaluator.core.errors import InvalidInput

BOMB = "\n".join(
    ["a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]"]
    + [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
)  # fmt: skip
BAD = {
    "aliases": BOMB,
    "an alias in a value": "value:\n  - &a [1]\n  - [*a, *a]",
    "an anchor alone": "a: &x 1",
    "merging": "a: &a {b: 1}\nc: {<<: *a}",
    "an object": 'a: !!python/object/apply:os.system ["id"]',
    "a tag that there is not": "a: !nothing 1",
    "a boolean that is none": "a: !!bool maybe",
    "a time that is none": "a: !!timestamp x",
    "an integer that is none": "a: !!int ''",
    "a set": "a: !!set {b}",
    "bytes": "a: !!binary aGk=",
    "a time": "a: !!timestamp 2026-11-21",
    "a tagged list": "!!omap [a: 1]",
    "a tag for no reason": "a: !!str b",
    "a tag that says nothing": "a: ! b",
    "too deep, inline": "[" * (DEPTH.size + 5),
    "too deep, in lines": "\n".join("  " * n + "a:" for n in range(DEPTH.size + 5)),
    "far too deep": "[" * 100_000,
    "too long": "a: " + "x" * DOCUMENT.size,
    "digits": "a: " + "9" * 5000,
    "minutes of minutes": "a: 1" + ":1" * 5000,
    "digits, said to be some": 'a: !!int "' + "1" * 5000 + '"',
    "two documents": "a: 1\n---\nb: 2",
    "half a quote": "a: 'x",
    "a control character": "a: \x1b[31m",
    "tabs": "a:\n\t- b",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_what_is_no_plain_document_is_refused_at_once(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(InvalidInput) as error:
        read_yaml(text, "rules.yaml")
    assert error.value.field == "rules.yaml"
    assert len(str(error.value)) < 300
    assert "type a value" in str(error.value) or "!" not in text
    assert time.monotonic() - started < 20


def test_plain_documents_are_read_as_ever() -> None:
    for text in (
        "",
        "a: 1",
        "- a\n- b: [1, 2.5, true, null, 'x']",
        '{"a": {"b": []}}',
        "a: >-\n  b\n  c",
        "é: 👩‍👩‍👧",
    ):
        assert read_yaml(text, "x") == yaml.safe_load(text)
    assert read_yaml("day: 2026-11-21", "x") == {"day": "2026-11-21"}  # JSON has no dates
    deep = "[" * (DEPTH.size - 1) + "]" * (DEPTH.size - 1)
    assert read_yaml(deep, "x") == yaml.safe_load(deep)
    for path in (*shipped.data_dir("rubrics").rglob("*.yaml"), *shipped.data_dir("golden_sets").glob("*/set.yaml")):
        text = path.read_text(encoding="utf-8")
        assert read_yaml(text, path.name) == yaml.safe_load(text)


@pytest.mark.parametrize(
    "text",
    ["x \u202e y", "a\u200bb\nc", "tag \U000e0041", "plain\n text", "a\u00a0b « é » \U0001f468\u200d\U0001f469"],
)
def test_what_is_written_is_read_back_and_shows_all_that_is_in_it(text: str) -> None:
    written = as_yaml({"text": text})
    assert read_yaml(written, "it") == {"text": text}
    assert not {"\u202e", "\u200b", "\U000e0041"} & set(written)
    assert ("é" in written) == ("é" in text)
