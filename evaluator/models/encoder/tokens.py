"""Word pieces with exact character offsets, for any string that Python can hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from evaluator.core.errors import InvalidInput
from evaluator.text.groups import in_groups
from evaluator.text.limits import PIECES

CLS, SEP = 101, 102
_SURROGATES = re.compile("[\ud800-\udfff]")
_MAX_WORD_CHARS = 100
_CHARS_AT_ONCE = 500_000
"""Characters of the texts that are encoded at a time."""

Ints = npt.NDArray[np.int64]


class Pieces(NamedTuple):
    """The word pieces of one text, without special tokens: ids [n], and their character ranges [n] and [n]."""

    ids: Ints
    starts: Ints
    ends: Ints

    def part(self, first: int, last: int) -> Pieces:
        return Pieces(self.ids[first:last], self.starts[first:last], self.ends[first:last])

    def chunks(self, size: int, overlap: int = 0) -> list[Pieces]:
        """Cover all pieces by parts of at most `size`; neighbours share `overlap`. One empty part for no piece."""
        starts = range(0, max(1, len(self.ids) - overlap), max(1, size - overlap))
        return [self.part(start, start + size) for start in starts]


def encodable(text: str) -> str:
    """`text` with each lone surrogate replaced by U+FFFD: the tokenizer takes only valid Unicode. Same length."""
    # Python knows at once whether a text is ASCII, and most are.
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def check_count(pieces: int, field: str = "text") -> None:
    """Refuse more word pieces than are read for one sample, before any is. Raises InvalidInput."""
    if pieces > PIECES.size:
        raise InvalidInput(
            field, f"has {pieces:,} word pieces to read, the limit is {PIECES.size:,}", "Send less in one trace"
        )


class WordPieces:
    """The uncased BERT tokenizer of the base embedder, made from its vocabulary.

    It is built from the vocabulary rather than read from `tokenizer.json` so that a text that spells ``[SEP]``
    stays text: content never turns into control tokens.
    """

    def __init__(self, vocabulary: Path) -> None:
        model = models.WordPiece.from_file(
            str(vocabulary),
            unk_token="[UNK]",  # noqa: S106 - a word piece, no password
            max_input_chars_per_word=_MAX_WORD_CHARS,
        )
        self._tokenizer = Tokenizer(model)
        self._tokenizer.normalizer = normalizers.BertNormalizer(
            clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True
        )
        self._tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        self._tokenizer.decoder = decoders.WordPiece()

    def encode(self, texts: Sequence[str]) -> list[Pieces]:
        """The pieces of each text. A text without a visible character has none."""
        return encode_each(self._tokenizer, texts, pieces_of)

    def count(self, text: str) -> int:
        """The number of word pieces of `text`."""
        return len(self._tokenizer.encode(encodable(text), add_special_tokens=False).ids)


def encode_each(tokenizer: Any, texts: Sequence[str], pieces: Callable[[Any], Pieces]) -> list[Pieces]:
    """What `pieces` makes of the encoding of each text, which takes far more memory while it is there."""
    groups = in_groups(map(encodable, texts), len, _CHARS_AT_ONCE)
    return [pieces(e) for group in groups for e in tokenizer.encode_batch(group, add_special_tokens=False)]


def pieces_of(encoding: Any) -> Pieces:
    """The pieces of a text as the tokenizers library gives them."""
    offsets = np.asarray(encoding.offsets, dtype=np.int64).reshape(-1, 2)
    return Pieces(np.asarray(encoding.ids, dtype=np.int64), offsets[:, 0], offsets[:, 1])
