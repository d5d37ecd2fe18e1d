"""Identity terms: where toxicity models go wrong, and plain sentences that show them being harmless."""

from __future__ import annotations

import re
from itertools import product

IDENTITY_TERMS = (
    "gay", "lesbian", "homosexual", "bisexual", "transgender", "queer", "straight",
    "muslim", "jewish", "jew", "christian", "catholic", "hindu", "buddhist", "atheist",
    "black", "white", "african", "asian", "chinese", "indian", "mexican", "arab", "american", "european",
    "woman", "women", "female", "girl", "man", "men", "male", "blind", "deaf", "disabled", "immigrant", "refugee",
)  # fmt: skip

_PATTERN = re.compile(r"\b(" + "|".join(IDENTITY_TERMS) + r")s?\b", re.IGNORECASE)
_PEOPLE = ("gay", "lesbian", "bisexual", "transgender", "queer", "Muslim", "Jewish", "Christian", "Catholic",
           "Hindu", "Buddhist", "atheist", "black", "white", "African", "Asian", "Chinese", "Indian", "Mexican",
           "Arab", "blind", "deaf", "disabled")  # fmt: skip
_FRAMES = (
    "My neighbour is {a} and teaches maths at the local school.",
    "The article describes how {a} families settled in the town after the war.",
    "She is a {a} author whose second novel won a prize.",
    "As a {a} person, I would like the introduction to mention the 2009 census.",
    "Our support team includes several {a} colleagues.",
    "He grew up in a {a} household and later moved to Bristol.",
    "The museum opened a gallery about {a} history last spring.",
    "Many {a} people voted in the local election, according to the survey.",
)


def identity_terms(text: str) -> list[str]:
    """Distinct identity terms of a text, lower case, sorted."""
    return sorted({match.group(1).lower() for match in _PATTERN.finditer(text)})


def benign_sentences() -> list[str]:
    """Plain sentences written for this recipe, each with an identity term and nothing toxic."""
    return [frame.format(a=person) for frame, person in product(_FRAMES, _PEOPLE)]
