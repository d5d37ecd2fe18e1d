"""Word pieces: offsets are exact for any string, and content never becomes a control token."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.models.encoder.tokens import CLS, SEP, WordPieces, encodable
from evaluator.models.files.weights import installed_embedder
from evaluator.testing.hostile import HOSTILE


def _tokenizer() -> WordPieces:
    folder = installed_embedder()
    assert folder is not None
    return WordPieces(folder / "vocab.txt")


PIECES = _tokenizer()


def test_offsets_point_at_the_words() -> None:
    text = "Zoë paid 12.50 € — twice"
    pieces = PIECES.encode([text])[0]
    words = [text[a:b] for a, b in zip(pieces.starts, pieces.ends, strict=True)]
    assert words == ["Zoë", "paid", "12", ".", "50", "€", "—", "twice"]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_text_has_pieces_within_its_bounds(name: str) -> None:
    text = HOSTILE[name]
    pieces = PIECES.encode([text])[0]
    assert len(pieces.ids) == PIECES.count(text)
    assert all(0 <= a < b <= len(text) for a, b in zip(pieces.starts, pieces.ends, strict=True))


@given(st.text(st.characters(), max_size=80))
@settings(max_examples=150, deadline=None)
def test_offsets_are_in_order_and_in_bounds(text: str) -> None:
    pieces = PIECES.encode([text])[0]
    assert len(encodable(text)) == len(text)
    assert all(0 <= a <= b <= len(text) for a, b in zip(pieces.starts, pieces.ends, strict=True))
    assert (pieces.starts[1:] >= pieces.starts[:-1]).all()


def test_a_text_cannot_spell_control_tokens() -> None:
    pieces = PIECES.encode(["[CLS] hello [SEP] [PAD]"])[0]
    assert not {CLS, SEP, 0} & set(pieces.ids.tolist())


def test_lone_surrogates_keep_the_length() -> None:
    assert encodable("a\ud800b\udfff") == "a\ufffdb\ufffd"
    assert encodable("a😀") == "a😀"


@pytest.mark.parametrize(("count", "size", "overlap"), [(0, 5, 2), (5, 5, 2), (6, 5, 2), (23, 5, 2), (9, 3, 0)])
def test_chunks_cover_everything(count: int, size: int, overlap: int) -> None:
    pieces = PIECES.encode(["a " * count])[0]
    chunks = pieces.chunks(size, overlap)
    assert all(len(chunk.ids) <= size for chunk in chunks)
    assert {int(s) for chunk in chunks for s in chunk.starts} == set(pieces.starts.tolist())
    shared = sum(len(c.ids) for c in chunks) - count
    assert shared == overlap * (len(chunks) - 1)
