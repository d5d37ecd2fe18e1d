"""A checkpoint's own tokenizer, made safe for hostile text, and the rows that a model reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from transformers import AutoTokenizer

from evaluator.core.errors import ModelUnavailable
from evaluator.models.encoder.batching import Row
from evaluator.models.encoder.tokens import Ints, Pieces, encode_each, pieces_of

VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "spm.model", "spiece.model", "sentencepiece.bpe.model")
"""Files of which a tokenizer needs one."""
_NONE = np.zeros(0, dtype=np.int64)


class Frame(NamedTuple):
    """The special tokens around one text (`between` empty) or two, and whether the second has a type of its own."""

    before: Ints
    between: Ints
    after: Ints
    typed: bool

    @property
    def size(self) -> int:
        return len(self.before) + len(self.between) + len(self.after)

    def row(self, first: Ints, second: Ints = _NONE) -> Row:
        """The row of one text or of two, and how many of its tokens have the first type."""
        ids = np.concatenate([self.before, first, self.between, second, self.after])
        return ids, len(self.before) + len(first) + len(self.between) if self.typed else len(ids)


class HubTokenizer:
    """The fast tokenizer of a folder. A text that spells a special token stays text."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelUnavailable where transformers makes no fast tokenizer of the folder's files."""
        remedy = (
            "Put the tokenizer.json of the model there (transformers writes it with "
            "`AutoTokenizer.from_pretrained(…).save_pretrained`)"
        )
        # Without a vocabulary transformers makes up an empty tokenizer, and every text would be unknown pieces.
        if not any((folder / name).is_file() for name in VOCABULARIES):
            raise ModelUnavailable(f"{folder} holds no tokenizer. {remedy}")
        try:
            found = AutoTokenizer.from_pretrained(
                str(folder), use_fast=True, trust_remote_code=False, local_files_only=True
            )
            backend = found.backend_tokenizer
        except Exception as error:
            raise ModelUnavailable(
                f"{folder} holds no tokenizer that can be used ({type(error).__name__}). {remedy}"
            ) from error
        self._tokenizer: Any = found
        self._backend: Any = backend
        self.single = self._frame("a")
        self.pair = self._frame("a", "b")
        self.pad = int(found.pad_token_id or 0)
        self.typed = "token_type_ids" in found.model_input_names
        self.size = len(found)
        added = {i for i, token in found.added_tokens_decoder.items() if token.special}
        self._unknown = found.unk_token_id
        self._control = np.asarray(sorted((added | set(found.all_special_ids)) - {self._unknown}), dtype=np.int64)
        # Set after the frames are read: what content spells is never a control token from here on.
        backend.encode_special_tokens = True
        backend.no_truncation()
        backend.no_padding()

    def encode(self, texts: Sequence[str]) -> list[Pieces]:
        """The tokens of each text without special tokens, and the characters of each."""
        return encode_each(self._backend, texts, self._pieces)

    def special(self, name: str) -> int:
        """The id of the special token ``"pad"`` or ``"eos"``. Raises ModelUnavailable where there is none."""
        found = getattr(self._tokenizer, f"{name}_token_id")
        if found is None:
            raise ModelUnavailable(f"the model's template needs a {name} token, which its tokenizer does not have")
        return int(found)

    def _frame(self, *texts: str) -> Frame:
        encoded = self._tokenizer(*texts, add_special_tokens=True)
        ids = np.asarray(encoded["input_ids"], dtype=np.int64)
        owners = encoded.sequence_ids(0)
        places = [[i for i, owner in enumerate(owners) if owner == text] for text in range(len(texts))]
        end = places[0][-1] + 1
        types = encoded.get("token_type_ids") or [0]
        if len(texts) == 1:
            return Frame(ids[: places[0][0]], _NONE, ids[end:], False)
        return Frame(ids[: places[0][0]], ids[end : places[1][0]], ids[places[1][-1] + 1 :], bool(types[-1]))

    def _pieces(self, found: Any) -> Pieces:
        """The tokens of one text. A vocabulary may hold control tokens as words: those become unknown, or go."""
        ids, starts, ends = pieces_of(found)
        control = np.isin(ids, self._control)
        if control.any():
            if self._unknown is None:
                return Pieces(ids[~control], starts[~control], ends[~control])
            ids[control] = self._unknown
        return Pieces(ids, starts, ends)
