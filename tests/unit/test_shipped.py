"""Plain checks of the golden sets that are shipped as files."""

import json
import re
from collections import Counter

import pytest
import yaml

from tests.support import ROOT

SETS = sorted(p.parent for p in (ROOT / "golden_sets").glob("*/set.yaml"))

MIN_ITEMS = 100
MAX_SAME_OPENING = 5
OPENING_WORDS = 4

ITEM_FIELDS = {"id", "prompt", "responses", "tags", "context"}
SET_FIELDS = {"name", "title", "description", "language", "licence", "authors", "created"}
EXPECTED_SETS = {"demo-desk", "general-knowledge"}


def load_items(folder):
    lines = (folder / "items.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def load_yaml(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def normal(text):
    return " ".join(re.findall(r"\w+", text.casefold()))


def is_text(value):
    return isinstance(value, str) and bool(value.strip()) and value == value.strip()


def label_of(path):
    return path.stem if path.suffix else path.name


each_set = pytest.mark.parametrize("folder", SETS, ids=label_of)


def test_the_expected_files_are_shipped():
    assert {p.name for p in SETS} >= EXPECTED_SETS


@each_set
def test_set_description(folder):
    described = load_yaml(folder / "set.yaml")
    assert set(described) == SET_FIELDS
    assert described["name"] == folder.name
    assert described["licence"] == "CC0-1.0"
    assert described["authors"]
    for field in ("name", "title", "description", "language"):
        assert is_text(described[field]), field
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", described["created"])


@each_set
def test_card_gives_the_item_count(folder):
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.startswith(f"# {folder.name}\n")
    count = re.search(r"\|\s*Items\s*\|\s*(\d+)", card)
    assert count is not None
    assert int(count[1]) == len(load_items(folder))


@each_set
def test_item_shape(folder):
    for item in load_items(folder):
        assert set(item) == ITEM_FIELDS, item
        assert is_text(item["id"]), item
        assert is_text(item["prompt"]), item
        assert 1 <= len(item["responses"]) <= 3, item
        assert all(is_text(r) for r in item["responses"]), item
        assert item["tags"], item
        assert all(is_text(t) for t in item["tags"]), item
        assert len(set(item["tags"])) == len(item["tags"]), item
        assert item["context"] is None or is_text(item["context"]), item


@each_set
def test_enough_items(folder):
    assert len(load_items(folder)) >= MIN_ITEMS


@each_set
def test_ids_are_unique(folder):
    counts = Counter(item["id"] for item in load_items(folder))
    assert [i for i, n in counts.items() if n > 1] == []


def test_ids_are_unique_over_all_sets():
    counts = Counter(item["id"] for folder in SETS for item in load_items(folder))
    assert [i for i, n in counts.items() if n > 1] == []


def test_prompts_are_unique_over_all_sets():
    counts = Counter(normal(item["prompt"]) for folder in SETS for item in load_items(folder))
    assert [p for p, n in counts.items() if n > 1] == []


@each_set
def test_responses_of_an_item_differ(folder):
    for item in load_items(folder):
        assert len({normal(r) for r in item["responses"]}) == len(item["responses"]), item["id"]


@each_set
def test_openings_vary(folder):
    openings = Counter(" ".join(normal(item["prompt"]).split()[:OPENING_WORDS]) for item in load_items(folder))
    assert {o: n for o, n in openings.items() if n > MAX_SAME_OPENING} == {}


def test_demo_desk_contexts_are_the_demo_documents():
    source = ROOT / "demo" / "documents.jsonl"
    documents = {d["id"]: d["text"] for d in map(json.loads, source.read_text("utf-8").splitlines())}
    for item in load_items(ROOT / "golden_sets" / "demo-desk"):
        _, document, _ = item["tags"]
        assert item["context"] == documents[document], item["id"]
