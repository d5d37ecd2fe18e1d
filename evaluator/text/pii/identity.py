"""Numbers and dates that states and health services know people by."""

from __future__ import annotations

import re

from evaluator.text.pii.checksums import nhs_mod11
from evaluator.text.pii.recognizer import NUMBER, Recognizer, whole
from evaluator.text.pii.things import THINGS

_NEVER_ISSUED = frozenset(("078051120", "219099999"))
"""Printed in advertisements, and void since."""

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
_BIRTH = (
    *("born", "dob", "d.o.b", "date of birth", "birth", "birthdate", "birthday", "geboren", "geburtsdatum", "née"),
    *("né", "geburtstag", "naissance", "nacido", "nacida", "nacimiento", "nascita"),
)
_PASSPORT = ("passport", "reisepass", "passeport", "pasaporte", "passaporto")
_LICENCE = tuple(
    f"{who} {paper}" for who in ("driver", "driver's", "drivers", "driving") for paper in ("license", "licence")
)
_LICENCE += (
    "license number",
    "licence number",
    "dl number",
    "dl no",
    "dl#",
    "führerschein",
    "permis de conduire",
    "licencia de conducir",
)


def _is_ssn(value: str) -> bool:
    """The areas, groups and serials that the Social Security Administration gives out."""
    digits = re.sub(r"\D", "", value)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    given = area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"
    return given and digits not in _NEVER_ISSUED


def _is_nhs(value: str) -> bool:
    digits = re.sub(r"\D", "", value)
    return len(set(digits)) > 1 and nhs_mod11(digits)


def _is_date(value: str) -> bool:
    """A year that somebody alive may be born in, or none with four digits; days and months that exist."""
    numbers = [int(number) for number in re.findall(r"\d+", value)]
    year = next((number for number in numbers if number > 99), None)
    rest = [number for number in numbers if number <= 99]
    return (year is None or 1890 <= year <= 2100) and all(1 <= number <= 31 or year is None for number in rest)


IDENTITY = (
    Recognizer(
        kind="us_ssn",
        pattern=r"(?<![\w.-])\d{3}([ -])\d{2}\1\d{4}(?!\w|[.-]\d)",
        base=0.75,
        near=0.97,
        context=("ssn", "social security", "ss#", "taxpayer"),
        against=THINGS,
        check=whole(_is_ssn),
        reach=NUMBER,
    ),
    Recognizer(
        kind="us_ssn",
        pattern=r"(?<![\w.-])\d{9}(?!\w|[.-]\d)",
        base=0.0,
        near=0.85,
        context=("ssn", "social security"),
        check=whole(_is_ssn),
        reach=NUMBER,
    ),
    Recognizer(
        kind="uk_nhs",
        pattern=r"(?<![\w.-])\d{3}([ -]?)\d{3}\1\d{4}(?!\w|[.-]\d)",
        base=0.3,
        near=0.97,
        context=("nhs", "national health service"),
        check=whole(_is_nhs),
        reach=NUMBER,
    ),
    Recognizer(
        kind="passport",
        pattern=r"(?<![\w-])(?:[A-Z]{0,2}\d{6,9}|(?=(?:[A-Z]{0,8}\d){3})[CFGHJKLMNPRTVWXYZ]"
        r"[CFGHJKLMNPRTVWXYZ0-9]{8})(?![\w-])",
        base=0.0,
        near=0.8,
        context=_PASSPORT,
        reach=NUMBER,
    ),
    Recognizer(
        kind="driver_license",
        pattern=r"(?<![\w-])[A-Z]{0,3}(?:\d{6,14}[A-Z]?|\d{2,4}(?:[ -]\d{2,6}+){1,4})(?![\w-])",
        base=0.0,
        near=0.8,
        context=_LICENCE,
        reach=NUMBER,
    ),
    Recognizer(  # DVLA: name, date of birth, initials, check
        kind="driver_license",
        pattern=r"(?<!\w)(?=[A-Z]{2})[A-Z9]{5}\d[0156]\d(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}\d[A-Z]{2}(?!\w)",
        base=0.7,
        near=0.95,
        context=_LICENCE,
        reach=NUMBER,
    ),
    Recognizer(
        kind="date_of_birth",
        pattern=r"(?<![\w/.-])(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2}))(?!\w|[./-]\d)",
        base=0.0,
        near=0.85,
        context=_BIRTH,
        check=whole(_is_date),
        reach=NUMBER,
    ),
    Recognizer(
        kind="date_of_birth",
        pattern=rf"(?i)(?<!\w)(?:\d{{1,2}}(?:st|nd|rd|th|\.)?(?: of)? {_MONTH}\.?,? (?:19|20)\d\d"
        rf"|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d)(?!\w)",
        base=0.0,
        near=0.85,
        context=_BIRTH,
        check=whole(_is_date),
        reach=(24, 24),
    ),
)
