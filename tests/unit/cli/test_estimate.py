"""`faithline estimate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluator.cli.main import app

HEAD = "score,pi,label,rho,cluster,stratum,failed"


def lines(n: int = 200) -> list[str]:
    """Rows of which every fourth is labelled, and every fifth is bad; the evaluator finds two of three of these."""
    found = []
    for i in range(n):
        bad = int(i % 5 == 0)
        score = "" if i % 20 == 7 else str(int(bad and i % 3 > 0))
        found.append(f"{score},0.5,{bad if i % 4 == 0 else ''},0.25,s{i // 2},{'ab'[i % 2]},{int(not score)}")
    return found


def run(tmp_path: Path, text: str, *options: str) -> tuple[int, str]:
    file = tmp_path / "table.csv"
    file.write_text(text)
    result = CliRunner().invoke(app, ["estimate", str(file), *options])
    return result.exit_code, result.output


def test_json_has_all_four_with_counts_and_the_kind_of_variance(tmp_path: Path) -> None:
    code, said = run(tmp_path, "\n".join([HEAD, *lines()]), "--json")
    assert code == 0
    found = json.loads(said)
    assert list(found["estimates"]) == ["raw", "human", "corrected", "transported"]
    for one in found["estimates"].values():
        assert one["low"] <= one["estimate"] <= one["high"]
    counts = {"rows": 200, "scored": 190, "failed": 10, "drawn": 50, "labelled": 50, "without_answer": 0}
    assert (found["counts"], found["variance"]) == (counts, "process")
    assert found["estimates"]["human"]["enough"] is True


def test_a_population_gives_the_variance_of_the_window(tmp_path: Path) -> None:
    code, said = run(tmp_path, "\n".join([HEAD, *lines()]), "--json", "--population", "400")
    assert (code, json.loads(said)["variance"]) == (0, "window")
    code, said = run(tmp_path, "\n".join([HEAD, *lines()]), "--population", "100")
    assert code == 2
    assert "at least the 200 rows" in said


def test_only_two_columns_are_needed(tmp_path: Path) -> None:
    code, said = run(tmp_path, "\ufeffscore,pi\n1,0.5\n0,0.5\n", "--json")
    assert (code, json.loads(said)["estimates"]["raw"]["estimate"]) == (0, 0.5)
    assert json.loads(said)["estimates"]["human"]["estimate"] is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("score\n1\n", "pi: is no column of the file"),
        ("score,pie\n1,1\n", "Did you mean pi?"),
        ("score,pi\n", "holds no rows"),
        ("score,pi\n0.5,2\n", "pi: line 2 must lie in (0, 1]"),
        ("score,pi\n0.5,1\nx,1\n", "line 3: score: 'x' is no number"),
        ("score,pi\nnan,1\n", "is no number"),
        ("score,pi\n,1\n", "say failed = 1 where scoring failed"),
        ("score,pi,failed\n0.5,1,yes\n", "neither 0 nor 1"),
        ("score,pi,drawn,label\n0.5,1,0,1\n", "was not drawn"),
        ("score,pi\n0,5,0,5\n", "line 2: has 4 cells, and there are 2 columns"),
        ("score,pi,label\n0.5,1\n", "line 2: has 2 cells, and there are 3 columns"),
        ("score,pi,score\n0.1,1,0.9\n", "score: stands 2 times in the first line"),
        ('score,pi,stratum\n0.5,1,"a\n0.5,1,b\n', "can not be read: unexpected end of data"),
        ("score,pi\n\n0.5,1\n\n2,1\n", "score: line 5 must lie in [0, 1]"),
        ('score,pi,stratum\n0.5,1,"a\nb"\nx,1,c\n', "line 4: score: 'x' is no number"),
        ("score,pi\n1_0,1\n", "is no number"),
        ("score,pi\n0.5,1e-320\n", "pi: line 2 makes the unit weigh more than 2e+72"),
        ("score,pi,kappa,rho,label\n1,1,1,1,1\n1,1e-40,1e-40,1,1\n", "kappa: line 3 makes the unit weigh more"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_nothing_is_left_out(tmp_path: Path, text: str, says: str) -> None:
    code, said = run(tmp_path, text)
    assert code == 2
    assert says in " ".join(said.split())


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["estimate", str(tmp_path / "none.csv")])
    assert result.exit_code == 2
    assert "can not be read" in " ".join(result.output.split())
