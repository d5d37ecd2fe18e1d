"""Passages of the allowed sets, as documents of sentences, and what edits draw from them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open

from evaluator.text.sentences import split_sentences
from training.data import read_rows
from training.edits import Material, find_names
from training.encoder import base_folder
from training.loop import load_tokenizer

_CLAUSE = re.compile(
    r"(?:^|, |\s)((?:which|who|where|while|after|before|because|and|with|in|during|although|when) "
    r"[^,;:()\"]{14,90}?)(?=[.,;]|$)"
)


@dataclass(slots=True)
class Document:
    """One passage with the ranges of its sentences; ``key`` decides whether it is held out."""

    key: str
    text: str
    spans: list[tuple[int, int]]

    def sentence(self, index: int) -> str:
        """The text of one sentence."""
        start, end = self.spans[index]
        return self.text[start:end]


def document(key: str, text: str) -> Document:
    """Split a passage."""
    return Document(key, text, [(start, end) for start, end in split_sentences(text)])


def read_documents(data: Path, seed: int) -> list[Document]:
    """Documents of SummEdits, HaluEval, WiCE (train), BEGIN (WoW), FoolMeTwice, and bundles of NLI premises."""
    documents = []
    for name, tag in (("summedits.test.dev", "summedits"), ("halueval_qa.subset", "halueval")):
        texts = {row.context for row in read_rows(data / f"faithfulness/{name}.jsonl.gz")}
        documents += [document(f"{tag}:{text[:120]}", _spaced(text)) for text in sorted(texts)]
    articles = sorted({row.context for row in read_rows(data / "faithfulness/wice_tokens.train.jsonl.gz")})
    documents += [document(f"wice:{text[:120]}", article_text(text)) for text in articles]
    rng = random.Random(seed)
    wow = sorted({row.context for row in read_rows(data / "faithfulness/begin_wow.test.dev.jsonl.gz")})
    documents += list(bundles("begin", wow, rng))
    for name, limit in (("conjnli.train", 9000), ("fool_me_twice.dev", 2000), ("lingnli.train", 5000)):
        rows = read_rows(data / f"nli/{name}.jsonl.gz")
        premises = sorted({row.context for row in rows if len(row.context) > 50})
        rng.shuffle(premises)
        documents += list(bundles(name.split(".")[0], premises[:limit], rng))
    return documents


def article_text(text: str) -> str:
    """The prose of a web page as WiCE keeps it: without headers, mark-up and lines too short to say something."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if len(line.split()) >= 6 and not line.startswith(("(meta data)", "#")))


def _spaced(text: str) -> str:
    """A blank after full stops that lost theirs where passages were joined."""
    return re.sub(r"(?<=[a-z)][.!?])(?=[A-Z][a-z])", " ", text)


def bundles(tag: str, texts: list[str], rng: random.Random) -> Iterator[Document]:
    """Short texts joined, three to nine at a time, into passages."""
    start = 0
    while start < len(texts):
        size = rng.randint(3, 9)
        joined = " ".join(text.strip() for text in texts[start : start + size])
        yield document(f"{tag}:{texts[start][:120]}", joined)
        start += size


def foreign_clauses(documents: list[Document], rng: random.Random, limit: int = 20000) -> list[str]:
    """Clauses of 3 to 15 words that can be put behind a sentence that they know nothing of."""
    found: set[str] = set()
    for item in documents:
        for match in _CLAUSE.finditer(item.text):
            words = match.group(1).split()
            if 3 <= len(words) <= 15:
                found.add(" ".join(words))
    clauses = sorted(found)
    rng.shuffle(clauses)
    return clauses[:limit]


def all_names(documents: list[Document]) -> list[str]:
    """Distinct capitalised names of one to four words."""
    names = {
        item.text[start:end]
        for item in documents
        for start, end in find_names(item.text)
        if len(item.text[start:end].split()) <= 4
    }
    return sorted(names)


def neighbours(documents: list[Document], *, words: int = 9000, keep: int = 6) -> dict[str, list[str]]:
    """Words whose embeddings lie near each other in the base model without being forms of one word."""
    tokenizer = load_tokenizer()
    counts: dict[str, int] = {}
    for item in documents:
        for word in re.findall(r"\b[a-z]{4,}\b", item.text):
            counts[word] = counts.get(word, 0) + 1
    chosen = [word for word in sorted(counts, key=lambda w: -counts[w]) if tokenizer.token_to_id(word) is not None][
        150:words
    ]
    with safe_open(base_folder() / "model.safetensors", "np") as tensors:
        table = tensors.get_tensor("embeddings.word_embeddings.weight").astype(np.float32)
    vectors = table[[tokenizer.token_to_id(word) for word in chosen]]
    vectors = vectors - vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    result: dict[str, list[str]] = {}
    for start in range(0, len(chosen), 1000):
        near = np.argsort(-(vectors[start : start + 1000] @ vectors.T), axis=1)[:, 1:30]
        for word, row in zip(chosen[start : start + 1000], near, strict=True):
            others = [chosen[i] for i in row if chosen[i][:4] != word[:4] and chosen[i][-2:] == word[-2:]]
            if len(others) >= 2:
                result[word] = others[:keep]
    return result


def material_for(window: str, sentences: list[str], shared: Material) -> Material:
    """The shared stock with one window's own text."""
    return Material(window, shared.names, shared.clauses, sentences, shared.neighbours, shared.lexicon)
