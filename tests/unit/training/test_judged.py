"""What people judged becomes claims with labels, and only where it is known which sentence is wrong."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from training.data import Row
from training.edits import CONTRADICTED, UNSUPPORTED
from training.faithfulness_data import SUPPORTED, Claim, Example
from training.judged import Source, claims_of, judged, mixed
from training.sets import confirms, read_set

TRUE = "Two boats sank near the old harbour in March."


def row(text: str, label: int | str = 1, spans: tuple[tuple[int, int], ...] = (), **meta: Any) -> Row:
    return Row("r", "The context.", "", text, label, meta, spans)


def test_all_of_a_right_answer_is_right() -> None:
    found = claims_of(row("It is so. It stays so.", 0), [])
    assert found == [Claim("It is so.", SUPPORTED, ()), Claim("It stays so.", SUPPORTED, ())]


def test_marks_say_which_sentence_is_wrong() -> None:
    found = claims_of(row("It is so. It was red.", spans=((17, 20),)), [])
    assert found == [Claim("It is so.", SUPPORTED, ()), Claim("It was red.", UNSUPPORTED, ((7, 10),))]


def test_the_one_sentence_that_no_right_answer_has_is_wrong_where_it_differs() -> None:
    right = ["It is so.", TRUE]
    (same, wrong) = claims_of(row("It is so. Two boats sank near the new harbour in March."), right)
    assert same == Claim("It is so.", SUPPORTED, ())
    assert wrong.label == UNSUPPORTED
    assert wrong.bad is not None
    assert [wrong.text[a:b] for a, b in wrong.bad] == ["new"]


def test_where_several_may_be_wrong_nothing_is_said() -> None:
    assert claims_of(row("It rains. It snows."), [TRUE]) == []
    assert claims_of(row("It rains."), [TRUE]) == [Claim("It rains.", UNSUPPORTED, None)]


@pytest.mark.parametrize(
    ("label", "meta", "read"),
    [
        ("contradiction", {}, CONTRADICTED),
        ("neutral", {}, UNSUPPORTED),
        (1, {"label3": "C"}, CONTRADICTED),
        (1, {"label3": "refutes"}, CONTRADICTED),
        (1, {"label3": "N"}, UNSUPPORTED),
    ],
)
def test_three_labels(label: int | str, meta: dict[str, Any], read: int) -> None:
    assert [claim.label for claim in claims_of(row("It rains.", label, **meta), [])] == [read]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(one) + "\n" for one in rows)


def test_a_context_is_held_out_with_all_that_is_said_of_it(tmp_path: Path) -> None:
    rows = [
        {"id": f"{n}-{label}", "context": f"Context {n} holds it.", "answer": f"Answer {n} {label}.", "label": label}
        for n in range(200)
        for label in (0, 1)
    ]
    write(tmp_path / "nli/some.train.jsonl.gz", rows)
    source = Source(file="nli/some.train", weight=0.5)
    parts = [judged(tmp_path, random.Random(1), held=held, sources=[source]) for held in (False, True)]
    kept, held = ({example.window for example in part} for part in parts)
    assert not kept & held
    assert len(kept | held) == 200
    assert 2 <= len(held) <= 25
    assert {claim.weight for part in parts for example in part for claim in example.claims} == {0.5}


def test_the_share_of_people_is_that_of_the_characters() -> None:
    made = [Example("w" * 90, (Claim("c" * 10, SUPPORTED, ()),), "made")] * 40
    people = [Example("w" * 40, (Claim("c" * 10, SUPPORTED, ()),), "people")] * 30
    for share in (0.0, 0.25, 0.5, 0.8):
        found = mixed(made, people, share)
        size = {name: sum(len(e.window) + len(e.answer()[0]) for e in found if e.source == name)
                for name in ("made", "people")}  # fmt: skip
        assert size["people"] / sum(size.values()) == pytest.approx(share, abs=0.02)


def test_a_quarter_of_the_contexts_confirms(tmp_path: Path) -> None:
    rows = [
        {"id": f"{n}-{k}", "context": f"Context {n}.", "question": "", "answer": "It is.", "label": k}
        for n in range(200)
        for k in (0, 1)
    ]
    write(tmp_path / "faithfulness/summeval.test.dev.jsonl.gz", rows)
    dev, confirm, every = (read_set(tmp_path, "SummEval-dev", part=part).items for part in ("dev", "confirm", "all"))
    assert len(dev) + len(confirm) == len(every) == 400
    assert not {item.group for item in dev} & {item.group for item in confirm}
    assert 0.15 < len(confirm) / 400 < 0.35
    assert all(map(confirms, confirm))
