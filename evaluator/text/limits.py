"""How much of one sample is read: one table, shown in docs/limits.md.

Content comes from outside, so whatever multiplies two of its sizes stops here. Where reading a part would pass for
reading all, more is a failure that says so; else it is read in a simpler way, and ``details.capped`` of the score
counts what was.
"""

from __future__ import annotations

from evaluator.core.bounds import Bound

FAILURE = "the outcome is a failure (`invalid_input`) that names the size"
UNOPENED = "the evaluator does not open, and its outcomes say why (`evaluator_missing`)"
AS_TEXT = "the passage is read as it is written (`json_as_text`)"

QUESTION = Bound("question", 1_000_000, "characters", FAILURE)
ANSWER = Bound("answer", 500_000, "characters", FAILURE)
CONTEXT = Bound("all passages", 2_000_000, "characters", FAILURE)
PASSAGES = Bound("passages", 5_000, "", FAILURE)
CLAIMS = Bound("claims of an answer", 4_000, "", FAILURE)
WINDOWS = Bound("windows of a context that claims are measured against", 5_000, "", FAILURE)
PIECES = Bound("word pieces that a network reads, repetition apart", 600_000, "", FAILURE)
"""About a minute on two cores."""
ALIGNED = Bound(
    "word pieces of an answer times those that are compared with each of them", 1_000_000_000, "", FAILURE
)
GOLDEN_ITEMS = Bound("items of a golden set", 20_000, "", UNOPENED)
GOLDEN_PROMPTS = Bound("all prompts of a golden set", 2_000_000, "characters", UNOPENED)
GOLDEN_RESPONSES = Bound("all responses of a golden item", 200_000, "characters", UNOPENED)

JSON = Bound("passage of JSON that is read line by line", 400_000, "characters", AS_TEXT)
JSON_DEPTH = Bound("nesting of such a passage", 64, "levels", AS_TEXT)
JSON_LINES = Bound("lines made of the JSON of one context", 1_000_000, "characters", AS_TEXT)
"""Each value shows all keys above it."""
READ_CLAIMS = Bound(
    "claims that a network reads", 400, "", "the words of the others are counted, no more (`unread_claims`)"
)
FLAGS = Bound("yes-or-no facts of a context", 500, "", "the first ones are compared with the claims (`flags`)")
PLACES = Bound(
    "places of a context that are looked at for words that stand together", 4_000_000, "",
    "for further claims the best window alone is searched (`partly_searched_claims`)",
)  # fmt: skip
MARKS = Bound("marks of a score", 1_000, "", "the surest are kept (`unmarked`)")
PII_MARKS = Bound("marks of personal data", 200, "", "the surest are kept; `details.found` counts all")

TABLE = tuple(value for value in list(globals().values()) if isinstance(value, Bound))
"""All of them, in the order in which they are shown."""
