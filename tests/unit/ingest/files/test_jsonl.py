from __future__ import annotations

import dataclasses
import gzip
from pathlib import Path

import pytest

from evaluator.core.bounds import LINE
from evaluator.core.errors import InvalidInput, ItemError
from evaluator.ingest.files import jsonl
from evaluator.ingest.files.jsonl import read_lines

LINES = b'\xef\xbb\xbf{"n": 0}\n\n{"n": 2}\r\nnot json\n{"n": 4}'


@pytest.fixture(params=["plain", "gzip"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(gzip.compress(LINES) if request.param == "gzip" else LINES)
    return file


def test_lines_and_their_numbers(path: Path) -> None:
    found = list(read_lines(path))
    assert [line.number for line, _ in found] == [0, 2, 3, 4]
    assert [value for _, value in found if isinstance(value, dict)] == [{"n": 0}, {"n": 2}, {"n": 4}]
    error = found[2][1]
    assert isinstance(error, ItemError)
    assert (error.index, error.field) == (3, "line 4")


def test_resuming(path: Path) -> None:
    everything = list(read_lines(path))
    done = everything[1][0].number
    assert list(read_lines(path, done + 1)) == everything[2:]
    assert list(read_lines(path, 99)) == []


def test_offsets_grow_to_the_size_of_the_file(path: Path) -> None:
    offsets = [line.offset for line, _ in read_lines(path)]
    assert offsets == sorted(offsets)
    assert offsets[-1] == path.stat().st_size


@pytest.mark.parametrize(("limit", "refused"), [(9, [True, True, True, False]), (10, [True, False, True, False])])
def test_a_line_that_is_too_long_costs_only_itself(
    path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, refused: list[bool]
) -> None:
    monkeypatch.setattr(jsonl, "LINE", dataclasses.replace(LINE, most=limit))
    found = list(read_lines(path))
    assert [line.number for line, _ in found] == [0, 2, 3, 4]
    assert [isinstance(value, ItemError) for _, value in found] == refused
    assert found[-1][0].offset == path.stat().st_size


def test_damaged_files(tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(LINES)[:-10])
    for file in (cut, tmp_path / "missing.jsonl", tmp_path):
        with pytest.raises(InvalidInput):
            list(read_lines(file))


def test_a_line_of_too_many_values_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_bytes(b"[" + b"[]," * 1_000_000 + b"[]]\n{}\n")
    many, one = (value for _, value in read_lines(file))
    assert isinstance(many, ItemError)
    assert many.index == 0
    assert one == {}
