"""How many tokens a text has: at most, at least and about, whoever's model counts them."""

from __future__ import annotations

OVERHEAD = 64
"""Tokens that a provider may add around the messages of a call."""
BYTES_A_TOKEN = 3.0
"""About so many bytes of prose make a token; of code and of other scripts somewhat fewer."""
MARK_TOKENS = 4
"""About so many tokens are a mark of the fence."""
READ_AT_LEAST = 0.9
"""Tokens a word (`words_in`): tokenizers make one or more of each, but for a few that join some words. Whoever has
read fewer has not read all."""
_LETTERS = bytes(code if code >= 0x80 or chr(code).isalnum() else 0x20 for code in range(256))
"""Leaves blanks of all ASCII but letters and digits."""


def most_tokens(*texts: str) -> int:
    """No tokenizer makes more of `texts`: each token stands for a byte at least."""
    return sum(len(text.encode("utf-8", "replace")) for text in texts) + OVERHEAD


def about_tokens(*texts: str) -> int:
    """What is to be expected."""
    return int(sum(len(text.encode("utf-8", "replace")) for text in texts) / BYTES_A_TOKEN) + OVERHEAD


def least_tokens(words: int) -> int:
    """Whoever counts fewer has been given less than so many words (`words_in`)."""
    return int(READ_AT_LEAST * words)


def words_in(text: str) -> int:
    """Runs of letters and digits; what is beyond ASCII passes for letters, and is a token or more wherever it stands
    alone."""
    return len(text.encode("utf-8", "replace").translate(_LETTERS).split())
