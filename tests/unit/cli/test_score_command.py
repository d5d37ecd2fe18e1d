"""`faithline score`: rows in, rows out, in order, with every bad row told apart."""

from __future__ import annotations

import contextlib
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner, Result

from evaluator.cli import rows, score
from evaluator.cli.main import app
from evaluator.core.criterion import Criterion, Direction, Scale
from evaluator.core.evaluator import EvaluatorSpec
from evaluator.core.outcome import Evidence, Failure, Outcome, Reason, Score
from evaluator.core.trace import ToolCall


class Shouting:
    """Scores the share of capitals; higher is better, to see the orientation. Counts its batches."""

    spec = EvaluatorSpec(
        name="shouting", version="1", title="", description="", needs=("answer",),
        scale=Scale(low=0.0, high=2.0, direction=Direction.HIGHER_IS_BETTER), criterion=Criterion(name="loud"),
    )  # fmt: skip
    parameters: ClassVar[dict[str, Any]] = {}
    models = ()

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.is_open = False

    def open(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def score(self, samples: Any) -> list[Outcome]:
        assert self.is_open
        self.batches.append(len(samples))
        return [self._one(sample.answer) for sample in samples]

    def _one(self, answer: str) -> Outcome:
        if not answer.strip():
            return Failure(reason=Reason.NO_ANSWER, message="the answer is empty")
        mark = Evidence(start=0, end=1, label="x", confidence=0.5)
        return Score(value=2.0 * sum(c.isupper() for c in answer) / len(answer), label="seen", evidence=(mark,))


class Context(Shouting):
    spec = Shouting.spec.model_copy(update={"name": "context", "needs": ("answer", "context")})


@pytest.fixture
def evaluators(monkeypatch: pytest.MonkeyPatch) -> dict[str, Shouting]:
    made: dict[str, Shouting] = {"shouting": Shouting(), "context": Context()}
    monkeypatch.setattr(score.registry, "create", lambda name, *_: made[name])
    return made


def run(tmp_path: Path, content: bytes | str, *options: str) -> tuple[Result, list[dict[str, Any]]]:
    """Score `content` with the options; the result and the lines of the output file."""
    file, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = CliRunner().invoke(app, ["score", str(file), "--out", str(out), *options])
    return result, [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


def lines(*objects: Any) -> str:
    return "".join((o if isinstance(o, str) else json.dumps(o)) + "\n" for o in objects)


def test_rows_times_evaluators_in_order(tmp_path: Path, evaluators: dict[str, Shouting]) -> None:
    content = lines(*({"id": f"r{i}", "answer": "AB" if i % 2 else "ab", "context": "c"} for i in range(10)))
    result, out = run(tmp_path, content, "-e", "shouting", "-e", "context", "--chunk", "4")
    assert result.exit_code == 0, result.output
    assert [(o["id"], o["evaluator"]) for o in out] == [(f"r{i}", e) for i in range(10) for e in evaluators]
    assert [o["score"] for o in out[:4]] == [1.0, 1.0, 0.0, 0.0], "1 is bad, whatever the evaluator's scale"
    assert evaluators["shouting"].batches == [4, 4, 2]
    assert set(out[0]) == {"id", "evaluator", "score", "label", "evidence", "failure"}
    assert out[0]["evidence"][0]["start"] == 0
    assert not evaluators["shouting"].is_open
    assert "20 scores and 0 failures" in result.output


@pytest.mark.parametrize(
    ("line", "row_id", "words"),
    [
        ("{not json", None, ("line 2", "JSON")),
        ("[1, 2]", None, ("line 2", "list", "object")),
        ("null", None, ("line 2", "null")),
        ('{"id": "x"}', "x", ("line 2", "answer", "missing", "Give")),
        ('{"id": "x", "answer": null}', "x", ("line 2", "answer", "missing")),
        ('{"id": "x", "answer": 5}', "x", ("line 2", "answer", "number", "string")),
        ('{"id": "x", "answer": "a", "question": ["q"]}', "x", ("line 2", "question", "list")),
        ('{"id": "x", "answer": "a", "context": {"a": 1}}', "x", ("line 2", "context", "object")),
        ('{"id": "x", "answer": "a", "context": ["c", 3]}', "x", ("line 2", "context[1]", "number")),
        ('{"id": {"a": 1}, "answer": "a"}', None, ("line 2", "id", "object")),
        ('{"id": true, "answer": "a"}', None, ("line 2", "id", "boolean")),
        ("[" * 100_000, None, ("line 2",)),
    ],
)
def test_a_bad_row_is_told_and_the_others_kept(
    tmp_path: Path, evaluators: dict[str, Shouting], line: str, row_id: str | None, words: tuple[str, ...]
) -> None:
    content = lines({"id": "first", "answer": "a"}, line, {"id": "last", "answer": "B"})
    result, out = run(tmp_path, content, "-e", "shouting")
    assert result.exit_code == 0
    assert [o["id"] for o in out] == ["first", row_id, "last"]
    assert [o["score"] for o in out] == [1.0, None, 0.0]
    for word in words:
        assert word in out[1]["failure"]["message"]
    assert out[1]["failure"]["line"] == 2


def test_bytes_that_are_no_text(tmp_path: Path, evaluators: dict[str, Shouting]) -> None:
    content = b'\xef\xbb\xbf{"id": 1, "answer": "A"}\n{"id": 2, "answer": "\xff"}\n\n{"id": 3, "answer": "\\ud800"}\n'
    result, out = run(tmp_path, content, "-e", "shouting")
    assert result.exit_code == 0
    assert [(o["id"], o["score"]) for o in out] == [(1, 0.0), (None, None), (3, 1.0)]
    assert "UTF-8" in out[1]["failure"]["message"]


def test_a_missing_context_is_a_skip_with_a_remedy(tmp_path: Path, evaluators: dict[str, Shouting]) -> None:
    content = lines({"id": 1, "answer": "A"}, {"id": 2, "answer": "A", "context": ["", "c"]})
    result, out = run(tmp_path, content, "-e", "context")
    assert result.exit_code == 0
    assert out[0]["failure"]["reason"] == "no_context"
    assert "line 1: context: is missing" in out[0]["failure"]["message"]
    assert out[1]["failure"] is None


def test_gzip_is_told_by_its_bytes_and_damage_keeps_what_was_read(
    tmp_path: Path, evaluators: dict[str, Shouting]
) -> None:
    many = lines(*({"id": i, "answer": f"A{i}"} for i in range(3000)))
    whole = gzip.compress(many.encode())
    _, out = run(tmp_path, whole, "-e", "shouting")
    assert len(out) == 3000
    _, out = run(tmp_path, whole[: len(whole) // 2], "-e", "shouting")
    assert 0 < len(out) < 3000
    assert "damaged" in out[-1]["failure"]["message"]
    assert [o["id"] for o in out[:-1]] == list(range(len(out) - 1))


@pytest.mark.parametrize("content", ["", "\n\n", lines({"id": 1}), "{"])
def test_nothing_scored_is_an_error(tmp_path: Path, evaluators: dict[str, Shouting], content: str) -> None:
    result, out = run(tmp_path, content, "-e", "shouting")
    assert result.exit_code == 1
    assert "Nothing could be scored" in result.output
    assert all(o["failure"] for o in out)


def test_mistakes_in_the_command_are_one_sentence(tmp_path: Path) -> None:
    row = lines({"id": 1, "question": "q", "answer": "a"})
    for options, words in [
        (("-e", "nope"), ("nope", "answer_relevance")),
        (("-e", "answer_relevance", "-p", "answer_relevance.foo=1"), ("parameters.foo",)),
        (("-e", "answer_relevance", "-p", "foo"), ("EVALUATOR.KEY=VALUE",)),
        (("-e", "answer_relevance", "-p", "toxicity.a=1"), ("Add --evaluator toxicity",)),
        (("-e", "golden_similarity"), ("golden_set",)),
    ]:
        result, out = run(tmp_path, row, *options)
        assert result.exit_code == 2, result.output
        assert "Traceback" not in result.output
        told = " ".join(result.output.split())
        assert all(word in told for word in words), told
        assert out == []
    result = CliRunner().invoke(app, ["score", str(tmp_path / "gone"), "-e", "answer_relevance", "-o", "-"])
    assert result.exit_code == 2
    assert "cannot be read" in " ".join(result.output.split())


def test_parameters_are_json_or_text() -> None:
    found = score._parameters(["a.x=1", "a.y=text", 'a.z=["k=v"]', "a.w=null"], ["a"])
    assert found == {"a": {"x": 1, "y": "text", "z": ["k=v"], "w": None}}


def test_a_line_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_LINE", 50)
    file = tmp_path / "in.jsonl"
    file.write_text(lines({"id": 1, "answer": "a"}, {"id": 2, "answer": "b" * 200}, {"id": 3, "answer": "c"}))
    with rows.RowReader(file) as reader:
        found = [row for batch in reader.chunks(10) for row in batch]
    assert [row.id for row in found] == [1, None, 3]
    assert isinstance(found[1], rows.BadRow)
    assert "too long" in found[1].problem


def test_an_interrupted_run_leaves_no_file_that_looks_complete(tmp_path: Path) -> None:
    with contextlib.suppress(KeyboardInterrupt), score._sink(str(tmp_path / "out.jsonl")) as sink:
        sink.write("{}\n")
        raise KeyboardInterrupt
    assert (tmp_path / "out.jsonl.partial").exists()
    assert not (tmp_path / "out.jsonl").exists()


def test_a_real_evaluator_to_standard_output_and_torch_only_then(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(lines({"id": "a", "question": "Why does ice float?", "answer": "Ice is less dense than water."}))
    code = "import sys; from evaluator.cli.main import app\nassert 'torch' not in sys.modules\napp()"
    done = subprocess.run(
        [sys.executable, "-c", code, "score", str(file), "-e", "answer_relevance", "-o", "-"],
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)
    assert line["id"] == "a"
    assert 0.0 <= line["score"] < 0.5
    assert "1 scores and 0 failures" in done.stderr


def test_a_row_has_the_calls_of_tools_and_the_system_prompt() -> None:
    calls = [{"name": "hours", "arguments": {"day": "Sunday"}, "error": "no such day"}]
    row = rows.row_of({"answer": "Nine.", "system_prompt": "Be brief.", "tool_calls": calls}, 1)
    assert isinstance(row, rows.Row)
    assert row.sample.system_prompt == "Be brief."
    assert row.sample.tool_calls == (ToolCall(name="hours", arguments='{"day": "Sunday"}', error="no such day"),)
    assert row.failure(["tool_calls"]) is None
    without = rows.row_of({"answer": "Nine."}, 2)
    failure = without.failure(["answer", "tool_calls"])
    assert failure is not None
    assert failure.reason is Reason.NO_TOOL_CALLS
    assert failure.message.startswith("line 2: tool_calls: is missing. Give a list of objects")


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("system_prompt", ["x"], "a list instead of a string"),
        ("tool_calls", "hours", "is neither an object nor a list"),
        ("tool_calls", [{"result": "x"}], "has no name at index 0"),
    ],
)
def test_a_row_whose_calls_are_none_says_what_to_send(field: str, value: Any, problem: str) -> None:
    row = rows.row_of({"answer": "Nine.", field: value}, 3)
    assert isinstance(row, rows.BadRow)
    assert (row.field, row.problem) == (field, problem)
    assert row.remedy.startswith("Give the text" if field == "system_prompt" else "Send a list of at most 200")
