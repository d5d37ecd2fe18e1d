"""The commands, as a user types them, on a database of their own."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from evaluator.cli import ingest as ingest_command
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.store.store import Store
from tests.support.commands import faithline
from tests.support.databases import holding
from tests.support.house import PROJECT, House, trace
from tests.support.pooled import POOLED

pytestmark = pytest.mark.usefixtures("own_house")


def write(path: Path, *rows: Any) -> Path:
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def stored(url: str) -> int:
    store = Store(url)
    with store.read() as unit:
        found = sum(unit.of(PROJECT).traces.counts().values())
    store.close()
    return found


def score_five(url: str) -> None:
    store = Store(url)
    house = House(store)
    house.rule()
    house.feed(*(trace(i) for i in range(5)))
    house.run()
    store.close()


def test_series_by_a_method(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ESTIMATORS, POOLED.name, POOLED)
    score_five(sqlite_url)
    raw, pooled = faithline("series").stdout, faithline("series", "--method", "pooled").stdout
    assert "bad (raw)" in raw
    assert "bad (pooled)" in pooled
    human = faithline("series", "--method", "human")
    assert "labels" in human.stdout
    assert "`faithline labels plan shouting`, then draw a wave" in " ".join(human.stdout.split())
    nowhere = faithline("series", "--slice", "prompt_version=v9")
    assert "leave --slice out to see what there is" in " ".join(nowhere.stderr.split())
    refused = faithline("series", "--method", "median")
    assert refused.exit_code == 2
    assert "Use one of raw, human, corrected, transported" in refused.stderr


def test_series_of_a_window_in_a_time_zone(sqlite_url: str) -> None:
    score_five(sqlite_url)
    window = ("--from", "2026-11-20T17:27", "--to", "2026-11-20T17:29:30", "--tz", "Asia/Kolkata")
    shown = faithline("series", *window, "--grain", "minute").stdout
    assert "2026-11-20 17:27 " in shown
    assert "2026-11-20 17:29 (part)" in shown
    assert shown.count("│ 2026-11-20 17:") == 3
    assert "2026-11-20 17:27:00 to 2026-11-20 17:29:30, Asia/Kolkata" in shown
    for wrong, named in ((("--tz", "India"), "tz: unknown"), (("--from", "noon"), "--from: 'noon' is not an ISO")):
        refused = faithline("series", *wrong)
        assert refused.exit_code == 2
        assert named in refused.stderr


RULE = {"name": "relevance", "evaluator": "answer_relevance", "rate": 0.5, "description": "on topic"}


def test_rules_are_pushed_listed_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump([RULE, RULE | {"name": "another", "rate": 1.0}]))
    assert faithline("rules", "push", path).exit_code == 0
    listed = faithline("rules", "list").stdout
    assert "relevance" in listed
    assert "another" in listed
    shown = yaml.safe_load(faithline("rules", "show", "relevance").stdout)
    assert {k: shown[k] for k in RULE} == RULE
    assert len(shown["fingerprint"]) == 32
    missing = faithline("rules", "show", "nothing")
    assert missing.exit_code == 2
    assert "rules list" in missing.stderr


def test_a_cascade_is_pushed_with_its_first_step(tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(yaml.safe_dump(RULE | {"cascade": {"evaluator": "toxicity", "rate": 0.2}}))
    assert faithline("rules", "push", path).exit_code == 0
    shown = yaml.safe_load(faithline("rules", "show", "relevance").stdout)
    assert (shown["cascade"]["evaluator"], shown["cascade"]["rate"]) == ("toxicity", 0.2)
    first = yaml.safe_load(faithline("rules", "show", "relevance.first").stdout)
    assert (first["evaluator"], first["rate"]) == ("toxicity", RULE["rate"])
    for wrong in ({"evaluator": "toxicity", "rate": 2}, {"evaluator": "answer_relevance", "rate": 0.2}):
        path.write_text(yaml.safe_dump(RULE | {"cascade": wrong}))
        refused = faithline("rules", "push", path)
        assert (refused.exit_code, "rule.cascade" in refused.stderr) == (2, True), refused.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{name: x, evaluator: horoscope}", "horoscope"),
        ("{name: x, evaluator: answer_relevance, rate: 2}", "rule.rate"),
        ("just text", "must be an object"),
        ("{name: [", "Give YAML or JSON"),
    ],
)
def test_wrong_rules_are_told(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "rule.yaml").write_text(text)
    result = faithline("rules", "push", tmp_path / "rule.yaml")
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_golden_sets_are_pushed_listed_and_shown(tmp_path: Path) -> None:
    items = write(tmp_path / "items.jsonl", {"id": "1", "prompt": "one and one?", "responses": ["two"]})
    assert faithline("golden", "push", "sums", items).exit_code == 0
    assert faithline("golden", "push", "demo-desk").exit_code == 0
    listed = faithline("golden", "list").stdout
    assert "sums" in listed
    assert "Demo desk" in listed
    assert json.loads(faithline("golden", "show", "sums").stdout)["responses"] == ["two"]
    assert faithline("golden", "show", "nothing").exit_code == 2
    assert faithline("golden", "push", "unheard-of").exit_code == 2
    bad = write(tmp_path / "bad.jsonl", {"id": "1", "prompt": "p"})
    refused = faithline("golden", "push", "bad", bad)
    assert refused.exit_code == 2
    assert "responses" in refused.stderr


def test_a_golden_set_that_is_too_large_for_similarity_is_told(tmp_path: Path) -> None:
    rows = [{"id": str(n), "prompt": "p", "responses": ["r"]} for n in range(20_001)]
    pushed = faithline("golden", "push", "large", write(tmp_path / "items.jsonl", *rows))
    assert pushed.exit_code == 0
    assert "golden_similarity opens sets of up to 20,000 items" in pushed.stderr


def test_ingest_keeps_the_good_lines_and_names_the_others(tmp_path: Path, sqlite_url: str) -> None:
    path = write(tmp_path / "t.jsonl.gz", trace(1), "{broken", trace(2), trace(3, cost="cheap"), "", trace(4))
    result = faithline("ingest", path)
    assert result.exit_code == 0
    assert "3 traces stored, 2 lines refused" in result.stderr
    assert "line 2:" in result.stderr
    assert "line 4:" in result.stderr
    assert faithline("ingest", path).exit_code == 0
    assert stored(sqlite_url) == 3, "a second run changes nothing"


def test_ingest_goes_on_where_it_was_stopped(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "t.jsonl", *(trace(i) for i in range(10)))
    monkeypatch.setattr(ingest_command, "BATCH", 3)
    original, calls = ingest_command.store_parts, []

    def stops_once(*arguments: Any) -> int:
        calls.append(len(arguments[1]))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(ingest_command, "store_parts", stops_once)
    assert faithline("ingest", path).exit_code != 0
    assert stored(sqlite_url) == 6
    result = faithline("ingest", path)
    assert result.exit_code == 0
    assert "Going on at line 7" in result.stderr
    assert stored(sqlite_url) == 10
    assert sum(calls) == 3 * 3 + 4, "the first six were not read again"


def test_another_project_is_named(tmp_path: Path, sqlite_url: str) -> None:
    rule, shop = tmp_path / "rule.yaml", ("--project", "shop")
    rule.write_text(yaml.safe_dump(RULE))
    items = write(tmp_path / "items.jsonl", {"id": "1", "prompt": "one and one?", "responses": ["two"]})
    traces = write(tmp_path / "t.jsonl", trace(1))
    writing = (("rules", "push", rule), ("golden", "push", "sums", items), ("ingest", traces))
    for command in writing:
        refused = faithline(*command, *shop)
        assert refused.exit_code == 2
        assert "faithline projects create" in refused.stderr
    assert faithline("projects", "create", "shop").exit_code == 0
    assert [faithline(*command, *shop).exit_code for command in writing] == [0, 0, 0]
    for command, name in ((("rules", "list"), "relevance"), (("golden", "list"), "sums")):
        assert name in faithline(*command, *shop).stdout
        assert name not in faithline(*command).stdout
    for command in (("rules", "show", "relevance"), ("golden", "show", "sums")):
        assert faithline(*command, *shop).exit_code == 0
        assert faithline(*command).exit_code == 2
    assert stored(sqlite_url) == 0
    assert "1 traces stored" in faithline("ingest", traces).stderr, "what was stored elsewhere is not taken as stored"


def test_long_lines_share_no_commit(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_command, "MAX_GROUP", 1500)
    original, calls = ingest_command.store_parts, []

    def counting(*arguments: Any) -> int:
        calls.append(len(arguments[1]))
        return original(*arguments)

    monkeypatch.setattr(ingest_command, "store_parts", counting)
    lines = [trace(n, answer="A" * size) for n, size in enumerate((2000, 10, 10, 10, 2000, 10))]
    assert faithline("ingest", write(tmp_path / "t.jsonl.gz", *lines)).exit_code == 0
    assert calls == [1, 4, 1]
    assert stored(sqlite_url) == 6


@pytest.mark.models
@pytest.mark.parametrize("project", [PROJECT, "shop"])
def test_a_file_becomes_rates_without_a_server(tmp_path: Path, project: str) -> None:
    faithline("projects", "create", project)
    (tmp_path / "rule.yaml").write_text(yaml.safe_dump(RULE | {"rate": 1.0}))
    faithline("rules", "push", tmp_path / "rule.yaml", "--project", project)
    rows = [{"id": f"r{i}", "question": "What is the capital of France?", "answer": "Paris."} for i in range(3)]
    faithline("ingest", write(tmp_path / "t.jsonl", *rows), "--project", project)
    assert faithline("process").exit_code == 0
    shown = faithline("series", "--project", project).stdout
    assert "relevance: answer_relevance" in shown
    assert faithline("series", "--slice", "colour=red").exit_code == 2


def test_ingest_reads_files_of_any_shape(tmp_path: Path, sqlite_url: str) -> None:
    rows = [{"req": {"q": f"When, on day {i}?"}, "rsp": {"text": f"At nine on day {i}."}} for i in range(3)]
    file = write(tmp_path / "calls.jsonl", *rows)
    shown = faithline("ingest", file)
    assert shown.exit_code == 2, "nobody is there to be asked"
    assert stored(sqlite_url) == 0
    assert "--map 'question=$.req.q' --map 'answer=$.rsp.text'" in shown.stderr
    assert "At nine on day 0." in shown.stderr
    assert "3 traces stored" in faithline("ingest", file, "--yes").stderr
    named = faithline("ingest", file, "--map", "question=$.req.q", "--map", "answer=$.rsp.text")
    assert "3 traces stored" in named.stderr
    assert stored(sqlite_url) == 3, "the same lines are the same traces, however the mapping was found"
    document = tmp_path / "calls.json"
    document.write_text(json.dumps([row | {"id": str(i)} for i, row in enumerate(rows)], indent=2))
    assert "3 traces stored" in faithline("ingest", document, "--yes").stderr


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--map", "qestion=$.q"), "'qestion' is not a field. Did you mean question?"),
        (("--map", "question=$.q["), "is no path"),
        (("--format", "fuse"), "langfuse"),
        (("--format", "langfuse", "--map", "question=$.q"), "is given beside --map"),
        ((), "holds neither traces nor an export"),
    ],
)
def test_ingest_says_why_a_file_cannot_be_read(tmp_path: Path, options: tuple[str, ...], problem: str) -> None:
    refused = faithline("ingest", write(tmp_path / "t.jsonl", {"a": 1}), *options)
    assert refused.exit_code != 0
    assert problem in refused.stderr


def test_ingest_takes_an_export_with_its_scores(tmp_path: Path, sqlite_url: str) -> None:
    trace_id, parent = "0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7"
    times = {"startTime": "2026-11-20T10:00:00Z", "endTime": "2026-11-20T10:00:01Z"}
    score = {"name": "tone", "value": 2, "metadata": {"customer_ref": "kim-7"}}
    exported = {
        "id": trace_id, "timestamp": times["startTime"], "name": "bot", "input": "When?", "output": "At nine.",
        "observations": [{"id": parent, "traceId": trace_id, "type": "SPAN", "name": "bot", **times}, {"id": "x"}],
        "scores": [{"id": "s", "name": "thumbs", "value": 0, "dataType": "BOOLEAN"}, score],
    }  # fmt: skip
    faithline("projects", "user-keys", "default", "customer_ref")
    result = faithline("ingest", write(tmp_path / "export.jsonl.gz", exported))
    assert "Reads as an export of Langfuse" in result.stderr
    assert re.search(r"(\d+)/\1 bytes", result.stderr), "the bar comes to its end"
    assert "line 1: start: is neither" in result.stderr
    assert "1 traces stored, 1 lines refused" in result.stderr
    assert "2 scores and feedback stored" in result.stderr
    assert stored(sqlite_url) == 1
    assert holding(sqlite_url, "kim-7") == set()
