"""WordNet's relations between words: which word may stand for another, and which may not.

Reads the database files of WordNet 3.0 (Debian's ``wordnet-base``; Princeton's licence allows any use). Only the
most frequent sense of a word is looked at, and a relation counts only where it is the most frequent sense of the
other word, too: that keeps most of the wrong readings out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

DEFAULT_FOLDER = Path("/usr/share/wordnet")
_KINDS = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
_VOWELS = "aeiou"


class Related(NamedTuple):
    """Words by their relation to one word: each may be several words long."""

    synonyms: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()
    """What the word is a kind of."""
    narrower: tuple[str, ...] = ()
    """Kinds of what the word names."""
    siblings: tuple[str, ...] = ()
    """Other kinds of the same thing."""
    opposites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Synset:
    words: tuple[str, ...]
    pointers: tuple[tuple[str, str], ...]


class WordNet:
    """The database, read once. Raises FileNotFoundError without its files."""

    def __init__(self, folder: Path = DEFAULT_FOLDER) -> None:
        self._first: dict[tuple[str, str], str] = {}
        self._synsets: dict[str, _Synset] = {}
        self._irregular: set[str] = set()
        for kind, name in _KINDS.items():
            self._read_index(folder / f"index.{name}", kind)
            self._read_data(folder / f"data.{name}", kind)
            self._irregular |= _irregular(folder / f"{name}.exc")
        self._known: dict[str, Related] = {}

    def related(self, word: str) -> Related:
        """What is known of a lower-case word; its regular plural, past and -ing forms are carried over."""
        if word not in self._known:
            self._known[word] = self._look_up(word)
        return self._known[word]

    def _look_up(self, word: str) -> Related:
        kinds = [kind for kind in _KINDS if (word, kind) in self._first]
        if len(kinds) == 1 and not word.endswith("ing"):
            return self._of(word, kinds[0])
        if kinds:
            return Related()
        for base, kind, ending in _bases(word):
            if (base, kind) in self._first:
                found = self._of(base, kind)
                return Related(*(self._inflected(words, ending) for words in found))
        return Related()

    def _inflected(self, words: tuple[str, ...], ending: str) -> tuple[str, ...]:
        plain = (word for word in words if word.isalpha() and word not in self._irregular)
        return tuple(_inflect(word, ending) for word in plain)

    def _of(self, word: str, kind: str) -> Related:
        synset = self._synsets[self._first[word, kind]]
        broader = [self._synsets[key] for symbol, key in synset.pointers if symbol == "@" and key in self._synsets]
        siblings = [
            name
            for parent in broader
            for symbol, key in parent.pointers
            if symbol == "~" and key != self._first[word, kind]
            for name in self._main(key, kind)
        ]
        return Related(
            synonyms=tuple(w for w in synset.words if w != word and self._is_main(w, kind, self._first[word, kind])),
            broader=self._by(synset, "@", kind),
            narrower=self._by(synset, "~", kind)[:12],
            siblings=tuple(w for w in siblings if word not in w)[:24],
            opposites=self._by(synset, "!", kind),
        )

    def _by(self, synset: _Synset, wanted: str, kind: str) -> tuple[str, ...]:
        return tuple(
            name for symbol, key in synset.pointers if symbol == wanted for name in self._main(key, kind)[:1]
        )

    def _main(self, key: str, kind: str) -> list[str]:
        synset = self._synsets.get(key)
        return [word for word in synset.words if self._is_main(word, kind, key)] if synset else []

    def _is_main(self, word: str, kind: str, key: str) -> bool:
        plain = word.replace("_", " ").isascii() and word.islower() and word.count(" ") < 2
        return plain and self._first.get((word, kind)) == key

    def _read_index(self, path: Path, kind: str) -> None:
        for line in path.read_text(encoding="latin-1").splitlines():
            if not line.startswith(" "):
                fields = line.split()
                self._first[fields[0].replace("_", " "), kind] = kind + fields[4 + int(fields[3]) + 2]

    def _read_data(self, path: Path, kind: str) -> None:
        for line in path.read_text(encoding="latin-1").splitlines():
            if line.startswith(" "):
                continue
            fields = line.split()
            count = int(fields[3], 16)
            words = tuple(re.sub(r"\(\w+\)$", "", word).replace("_", " ") for word in fields[4 : 4 + 2 * count : 2])
            start = 5 + 2 * count
            pointers = tuple(
                (fields[at], fields[at + 2].replace("s", "a") + fields[at + 1])
                for at in range(start, start + 4 * int(fields[start - 1]), 4)
            )
            self._synsets[kind + fields[0]] = _Synset(words, pointers)


def _irregular(path: Path) -> set[str]:
    """Words whose forms are not made by rule."""
    return {base for line in path.read_text(encoding="latin-1").splitlines() for base in line.split()[1:]}


def _bases(word: str) -> list[tuple[str, str, str]]:
    """Base forms that a regularly inflected word may have: (base, kind, ending)."""
    found = []
    if word.endswith("ies"):
        found.append((word[:-3] + "y", "n", "s"))
    if word.endswith("s") and not word.endswith("ss"):
        found += [(word[:-1], "n", "s"), (word[:-2], "n", "s")]
    if word.endswith("ed"):
        found += [(word[:-2], "v", "ed"), (word[:-1], "v", "ed")]
    if word.endswith("ing"):
        found += [(word[:-3], "v", "ing"), (word[:-3] + "e", "v", "ing")]
    return found


def _inflect(word: str, ending: str) -> str:
    """The regular plural, past or -ing form of a word."""
    if ending == "s":
        if word.endswith("y") and word[-2:-1] not in _VOWELS:
            return word[:-1] + "ies"
        return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")
    if word.endswith("e"):
        return word[:-1] + ending
    if ending == "ed" and word.endswith("y") and word[-2:-1] not in _VOWELS:
        return word[:-1] + "ied"
    return word + ending
