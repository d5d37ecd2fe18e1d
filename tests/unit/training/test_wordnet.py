"""WordNet's files are read as they are laid out, and its relations make true and wrong claims."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from training.edits import CONTRADICTED, UNSUPPORTED, Material, change_kind, substitute
from training.rewrites import say_otherwise
from training.wordnet import Related, WordNet

NOUNS = {
    "00000001": (["physician", "doctor"], [("@", "00000003"), ("~", "00000004")]),
    "00000002": (["nurse"], [("@", "00000003")]),
    "00000003": (["caregiver"], [("~", "00000001"), ("~", "00000002")]),
    "00000004": (["surgeon"], [("@", "00000001")]),
    "00000005": (["child"], [("@", "00000003")]),
}
ADJECTIVES = {
    "00000001": (["rapid", "fast"], [("!", "00000002")]),
    "00000002": (["slow"], [("!", "00000001")]),
}


def write(folder: Path, name: str, kind: str, synsets: dict[str, tuple[list[str], list[tuple[str, str]]]]) -> None:
    index, data = ["  1 a licence stands here"], ["  1 a licence stands here"]
    for offset, (words, pointers) in synsets.items():
        symbols = sorted({symbol for symbol, _ in pointers})
        index += [f"{word} {kind} 1 {len(symbols)} {' '.join(symbols)} 1 1 {offset}  " for word in words]
        listed = " ".join(f"{word} 0" for word in words)
        targets = " ".join(f"{symbol} {target} {kind} 0000" for symbol, target in pointers)
        data.append(f"{offset} 06 {kind} {len(words):02x} {listed} {len(pointers):03d} {targets} | a gloss")
    (folder / f"index.{name}").write_text("\n".join(index) + "\n")
    (folder / f"data.{name}").write_text("\n".join(data) + "\n")


@pytest.fixture(scope="module")
def wordnet(tmp_path_factory: pytest.TempPathFactory) -> WordNet:
    folder = tmp_path_factory.mktemp("wordnet")
    write(folder, "noun", "n", NOUNS)
    write(folder, "adj", "a", ADJECTIVES)
    for name, kind in (("verb", "v"), ("adv", "r")):
        write(folder, name, kind, {})
    for name in ("noun", "verb", "adj", "adv"):
        (folder / f"{name}.exc").write_text("children child\n" if name == "noun" else "")
    return WordNet(folder)


def test_relations_of_a_word(wordnet: WordNet) -> None:
    assert wordnet.related("physician") == Related(
        synonyms=("doctor",), broader=("caregiver",), narrower=("surgeon",), siblings=("nurse",), opposites=()
    )
    assert wordnet.related("rapid").opposites == ("slow",)
    assert wordnet.related("unheard") == Related()


def test_regular_plurals_are_carried_over_and_irregular_ones_are_not_made_up(wordnet: WordNet) -> None:
    assert wordnet.related("physicians").synonyms == ("doctors",)
    assert wordnet.related("nurses").siblings == ("physicians", "doctors")
    assert "childs" not in wordnet.related("nurses").siblings


def test_a_word_of_another_kind_is_marked_wrong(wordnet: WordNet) -> None:
    text = "The physician was here."
    material = Material(window=text, lexicon=wordnet)
    found = [edited for seed in range(20) if (edited := change_kind(text, material, random.Random(seed)))]
    assert {(edited.text[slice(*edited.bad[0])], edited.label) for edited in found} == {
        ("nurse", CONTRADICTED), ("surgeon", UNSUPPORTED)
    }  # fmt: skip
    assert change_kind(text, Material(window=text), random.Random(1)) is None
    window = "The physician, a nurse and a surgeon were here."
    assert change_kind(text, Material(window=window, lexicon=wordnet), random.Random(1)) is None


def test_a_synonym_is_no_wrong_word(wordnet: WordNet) -> None:
    text = "The physician was here."
    near = {"physician": ["doctor", "caregiver"]}
    assert substitute(text, Material(window=text, neighbours=near, lexicon=wordnet), random.Random(1)) is None
    assert substitute(text, Material(window=text, neighbours=near), random.Random(1)) is not None


def test_saying_it_otherwise_keeps_it_true(wordnet: WordNet) -> None:
    found = {say_otherwise("A rapid physician came.", wordnet, random.Random(seed)) for seed in range(40)}
    assert {"A fast physician came.", "A rapid doctor came."} <= found
    assert any("caregiver" in text for text in found)
    assert not any("slow" in text or "nurse" in text or "surgeon" in text for text in found)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"index\.noun"):
        WordNet(tmp_path)
