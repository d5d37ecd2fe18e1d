"""People and places whose names hold a bad word."""

from __future__ import annotations

import re

from evaluator.text.lookalikes.lookalike import Lookalike

_SURNAME = (
    r"(?!(?:Head|Sucker|Face|Wad|Bag|Pics?|Moves?|Energy|And|Or|You|He|Is)\b)(?:(?:[Vv]an|[Dd]e) |Mc"
    r"|O['’])?[A-Z][a-z]+\b"
)
_TITLE = (
    r"(?:Mrs?|Ms|Miss|Dr|Prof|Professor|Sir|Lord|Lady|Senator|President|Judge|Captain|Sergeant|Detective|Officer"
    r"|Coach|Minister|Herr|Frau|Monsieur|Madame|Señora?)"
)
_NAMES = (
    r"(?:Dick|Cock|Cox|Butts?|Hooker|Weiner|Wiener|Cockburn|Cockroft|Cummings?|Bastard|Hoare|Fuchs|Fuck|Fuk|Shitt?"
    r"|Gay|Dyke|Balls?|Boobs?|Dong|Pecker|Slutsky|Titt?s|Crap|Sexton|Kuntz?|Lipshitz|Suk|Porn|Negri|Niger|Piss"
    r"|Assman|Fanny|Willy|Randy)"
)
_PLACES = "Fucking|Dildo|Intercourse|Pussy|Twatt|Shitterton|Cockermouth|Scunthorpe|Penistone"
_PLACE_LITERALS = tuple(_PLACES.lower().split("|"))

NAMES = (
    Lookalike(
        ("dick ", "randy ", "fanny ", "willy ", "gay "),
        re.compile(rf"\b(Dick|Randy|Fanny|Willy|Gay) (?=(?:[A-Z]\.? )?{_SURNAME})"),
        "john",
    ),
    Lookalike(
        (" ",),
        re.compile(rf"\b(?:{_TITLE}\.?|[A-Z][a-z]+ [A-Z]\.) (?!{_NAMES} (?:Head|Sucker|Face)\b)({_NAMES})\b"),
        "miller",
    ),
    Lookalike(  # names that are nothing else
        ("shitterton", "cockermouth", "scunthorpe", "penistone"),
        re.compile(r"\b(Shitterton|Cockermouth|Scunthorpe|Penistone)\b"),
        "springfield",
    ),
    Lookalike(
        ("fucking", "intercourse", "dildo", "condom"),
        re.compile(
            r"\b(Fucking|Intercourse|Dildo|Condom)(?=,? \(?(?:(?:Upper )?Austria|Pennsylvania|PA|Newfoundland|Canada"
            r"|France|Gers)\b| was renamed\b| is a (?:village|town|hamlet|commune)\b| lies in\b)"
        ),
        "springfield",
    ),
    Lookalike(("moby",), re.compile(r"\bMoby[ -](Dick)\b"), "john"),
    Lookalike(  # given names and surnames of India
        ("shit",),
        re.compile(
            r"\b((?!(?:Bull|Horse|Bat|Ape|Dip|Chicken|Dog|Cow|Full|Jack|Holy|No)shit)[A-Z][a-z]{1,9}shit(?:h|a)?"
            r"|Shital\w{0,3}|Shitole|Shitanshu|Shitij)\b"
        ),
        "robert",
    ),
    Lookalike(
        _PLACE_LITERALS,
        re.compile(rf"\b(?:town|village|hamlet|city|place|parish) (?:of |named |called )?({_PLACES})\b"),
        "springfield",
    ),
    Lookalike(
        _PLACE_LITERALS,
        re.compile(
            rf"\b({_PLACES}),? (?:in )?(?:(?:Upper )?Austria|Newfoundland|Pennsylvania|Orkney|Dorset|Lincolnshire"
            r"|Yorkshire)\b"
        ),
        "springfield",
    ),
)
