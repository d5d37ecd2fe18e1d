"""Names of people, where a title or a phrase says that one follows. Other names need a model."""

from __future__ import annotations

from evaluator.text.pii.recognizer import Recognizer, whole

CAPITAL = "[" + "".join(chr(code) for code in range(0x41, 0x590) if chr(code).isupper()) + "]"
"""Capitals of the Latin, Greek, Cyrillic and Armenian scripts."""

_WORD = rf"(?:{CAPITAL}\.(?![\w])|{CAPITAL}[\w'’-]{{0,30}}+)"
_PARTICLE = r"(?:(?:van|von|de|der|den|del|della|la|le|da|dos|di|bin|al|el|zu|ten|ter) ){0,2}"
_NAME = rf"(?P<v>{_WORD}(?: {_PARTICLE}{_WORD}){{0,3}})"
_TITLES = (
    *("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "madam", "herr", "frau", "fräulein"),
    *(
        "monsieur",
        "madame",
        "mme",
        "mlle",
        "señor",
        "señora",
        "senhor",
        "senhora",
        "signor",
        "signora",
        "sra",
        "mevr",
    ),
)
_INTRODUCED = (
    *("my name is", "my name's", "my full name is", "his name is", "her name is", "their name is", "i am called"),
    *("mein name ist", "ich heiße", "je m'appelle", "mon nom est", "me llamo", "mi nombre es", "mi chiamo"),
)
_ROLES = (
    *("first", "last", "full", "given", "family", "middle", "maiden", "legal", "customer", "client", "employee"),
    *("contact", "sender", "recipient", "guest", "applicant", "user", "patient", "cardholder", "passenger"),
)
_FIELDS = (
    *(f"{role}{gap}name" for role in _ROLES for gap in (" ", "")),
    *("patient", "cardholder", "card holder", "account holder", "beneficiary", "passenger"),
)
_GREETINGS = (
    "dear",
    "liebe",
    "lieber",
    "cher",
    "chère",
    "estimado",
    "estimada",
    "querida",
    "querido",
    "caro",
    "cara",
)
_CLOSINGS = (
    *("regards", "sincerely", "best wishes", "best", "cheers", "many thanks", "yours", "gruß", "grüße", "grüßen"),
    *("cordialement", "saludos", "saluti"),
)
_NO_NAME = frozenset(
    (
        *(
            "president",
            "chairman",
            "speaker",
            "minister",
            "secretary",
            "ambassador",
            "judge",
            "justice",
            "madam",
            "sir",
        ),
        *("team", "all", "customer", "everyone", "colleague", "colleagues", "friend", "friends", "hiring", "manager"),
        *("pepper", "coffee", "clean", "muscle", "martens", "seuss", "strangelove", "bean", "robot", "who", "evil"),
        *("mom", "dad", "valued", "reader", "readers", "support", "god", "diary", "lord"),
    )
)


def _is_name(value: str) -> bool:
    """Whether no word of it is one that only stands where a name could."""
    return len(value) > 1 and not any(word.lower().rstrip(".") in _NO_NAME for word in value.split())


PERSON = (
    Recognizer(
        kind="person",
        pattern=rf"(?:\.? |\.){_NAME}",
        base=0.75,
        leads=_TITLES,
        check=whole(_is_name),
    ),
    Recognizer(
        kind="person",
        pattern=rf" ?{_NAME}",
        base=0.8,
        leads=_INTRODUCED,
        check=whole(_is_name),
    ),
    Recognizer(
        kind="person",
        pattern=rf"[\"']? ?[:=] ?[\"']?{_NAME}",
        base=0.75,
        leads=_FIELDS,
        check=whole(_is_name),
    ),
    Recognizer(  # a form in prose; as a key of JSON, `name` names tools and files, too
        kind="person",
        pattern=rf"(?<=Name) ?: ?{_NAME}",
        base=0.6,
        leads=("name",),
        check=whole(_is_name),
    ),
    Recognizer(
        kind="person",
        pattern=rf" {_NAME}(?= ?(?:[,:!\n\x1e]|$))",
        base=0.65,
        leads=_GREETINGS,
        check=whole(_is_name),
    ),
    Recognizer(
        kind="person",
        pattern=rf",?[ ]{{0,3}}\n[ \t\r\n]{{0,4}}{_NAME}(?=[ ]{{0,3}}(?:[\r\n\x1e]|$))",
        base=0.65,
        leads=_CLOSINGS,
        check=whole(_is_name),
    ),
)
