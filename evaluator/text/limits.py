"""How much of one sample is read. Content comes from outside, so whatever multiplies two of its sizes stops here.

What is over a limit of the first group is a failure that says so: reading a part of it would pass for reading all.
What is over one of the second group is read in a simpler way, and the score's ``details.capped`` says how much of it.
"""

from __future__ import annotations

QUESTION_CHARS = 1_000_000
ANSWER_CHARS = 500_000
CONTEXT_CHARS = 2_000_000
"""Characters of all passages together."""
PASSAGES = 5_000
CLAIMS = 4_000
"""Claims of one answer that are measured against the context."""
WINDOWS = 5_000
"""Windows of one context that a claim is measured against."""
PIECES = 600_000
"""Word pieces that a bundled network reads for one sample: about a minute on two cores."""
ALIGNED_PAIRS = 1_000_000_000
"""Word pieces of an answer times those of the windows that are read beside it: each is compared with each."""
GOLDEN_ITEMS = 20_000
GOLDEN_PROMPTS_CHARS = 2_000_000
"""Characters of all prompts of a golden set."""
GOLDEN_RESPONSES_CHARS = 200_000
"""Characters of all responses of one golden item."""

JSON_CHARS = 400_000
"""A JSON passage that is longer is read as it is written."""
JSON_DEPTH = 64
"""Levels of nesting; what is deeper is read as it is written."""
JSON_LINES_CHARS = 1_000_000
"""Characters of the readable lines that are made of the JSON of one context."""
FLAGS = 500
"""Yes-or-no facts of a context that claims are compared with."""
PLACES = 4_000_000
"""Places of a context that are looked at to see which words of an answer's claims stand together."""
MARKS = 1_000
"""Marks of one score: the surest."""

CHARS_AT_ONCE = 2_000_000
"""Characters of the samples that are in memory together. Changes no number."""
