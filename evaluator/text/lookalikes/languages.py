"""Words of other languages that look like a bad English one."""

from __future__ import annotations

import re

from evaluator.text.lookalikes.lookalike import Lookalike, whole_words

_ENGLISH = whole_words("the|you|is|are|and")

LANGUAGES = (
    Lookalike(("fahrt",), re.compile(r"\b(Fahrt(?:en)?)\b"), "reise"),
    Lookalike(
        ("dick", "hell", "gift", "bad"),
        whole_words("dick(?:e[nrs]?)?", "hell(?:e[nrs]?)?", "gift", "bad"),
        "groß",
        whole_words("der|das|ist|und|nicht|ein|eine|im|mit|auf|von|sehr|ich|wir|für|den|die|zu|nach"),
        _ENGLISH,
        often=2,
    ),
    Lookalike(
        ("negr",),
        whole_words("negr[oa]s?"),
        "verde",
        whole_words("el|la|los|las|es|color|un|una|mi|su|de|del|con|y|en|vestido|café"),
        whole_words("the|you|is|are|and|eres|put[oa]s?|suci[oa]s?|mierda"),
        often=2,
    ),
    Lookalike(
        ("fart", "slut"),
        whole_words("farten?", "slutt?", "sluta", "slutet"),
        "resa",
        whole_words("på|och|är|er|og|av|med|till|til|det|som|betyder|km"),
        whole_words("the|you|is|are|and|a"),
    ),
    Lookalike(
        ("retard", "phoque"),
        whole_words("retards?", "phoques?"),
        "train",
        whole_words("le|la|les|un|une|en|de|du|des|est|suis|sont|dans|pour|je|il"),
        _ENGLISH,
        often=2,
    ),
)
