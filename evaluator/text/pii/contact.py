"""How people are reached: mail addresses and telephones."""

from __future__ import annotations

import re

from evaluator.text.pii.recognizer import NUMBER, Check, Recognizer, whole
from evaluator.text.pii.things import COUNTED, THINGS

_FILES = frozenset(
    ("css", "csv", "gif", "html", "ico", "jpeg", "jpg", "js", "json", "mp4", "pdf", "png", "py", "svg", "txt", "webp")
)
_DATE = re.compile(r"\d{1,2}([./ -])\d{1,2}\1(?:19|20)\d\d|(?:19|20)\d\d([./ -])\d{1,2}\2\d{1,2}(?!\d)")
_SSN = re.compile(r"\d{3}-\d\d-\d{4}")
_BINARY = frozenset("01")
_MAX_DIGITS = 15
"""ITU-T E.164: an international number has no more."""

_START, _END = r"(?<![\w.,+#$€£-])", r"(?!\w|[.,/-]\d)"
_EXTENSION = r"(?: ?(?:x|ext\.?|extension) ?\d{1,6})?"
_GROUPS = rf"\d{{1,15}}+(?:[ .\-/]{{0,2}}\(\d{{1,5}}\))?(?:[ .\-/]?\d{{1,12}}+){{0,6}}{_EXTENSION}(?!\w)"
_CALL = (
    *(
        "phone",
        "telephone",
        "tel",
        "mobile",
        "cell",
        "cellphone",
        "call",
        "calling",
        "dial",
        "fax",
        "whatsapp",
        "sms",
    ),
    *("hotline", "landline", "voicemail", "reach me", "contact number", "telefon", "handy", "rufnummer", "téléphone"),
    *("手机", "手机号", "电话", "電話", "携帯", "電話番号", "전화"),
    *("portable", "teléfono", "móvil", "telefono", "cellulare", "telefone", "telemóvel", "telefoon", "mobiel"),
)


def _is_mail(value: str) -> bool:
    """Not the remote of a git repository, nor a file such as ``logo@2x.png``."""
    user, _, domain = value.partition("@")
    return user != "git" and domain.rpartition(".")[2].lower() not in _FILES


def _international(value: str) -> int:
    """The groups of digits that an international number can have; what follows is another number."""
    digits = -2 if value.startswith("00") else 0
    end = 0
    for group in re.finditer(r"\d+", value):
        if digits + len(group[0]) > _MAX_DIGITS:
            break
        digits, end = digits + len(group[0]), group.end()
    if digits < 8 or _BINARY.issuperset(re.findall(r"\d", value[:end])):
        return 0
    extension = re.compile(_EXTENSION).match(value, end)
    return extension.end() if extension else end


def _national(low: int, high: int) -> Check:
    """So many digits, neither a date nor in the groups of a social security number."""

    def test(value: str) -> bool:
        digits = re.findall(r"\d", value)
        other = _DATE.match(value.lstrip("(")) or _SSN.fullmatch(value)
        return low <= len(digits) <= high and other is None and not _BINARY.issuperset(digits)

    return whole(test)


CONTACT = (
    Recognizer(
        kind="email",
        pattern=r"(?<![\w.%+-])[\w%+][\w.%+'-]{0,63}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?!\w)",
        base=0.95,
        check=whole(_is_mail),
        literals=("@",),
    ),
    Recognizer(
        kind="phone",
        pattern=rf"(?<![\w+])\+{_GROUPS}",
        base=0.8,
        near=0.95,
        context=_CALL,
        check=_international,
        reach=NUMBER,
    ),
    Recognizer(  # two zeros stand before many a number of a thing, too
        kind="phone",
        pattern=rf"(?<![\w.,:+#$€£-])00[ .-]?(?=[1-9]){_GROUPS}",
        base=0.7,
        near=0.95,
        context=_CALL,
        against=THINGS,
        in_calls=False,
        check=_international,
        reach=NUMBER,
    ),
    Recognizer(
        kind="phone",
        pattern=rf"{_START}(?:1[ .-])?(?:\([2-9]\d\d\)[ -]?|[2-9]\d\d[ .\-/])[2-9]\d\d[ .-]\d{{4}}"
        rf"{_EXTENSION}{_END}",
        base=0.75,
        near=0.95,
        context=_CALL,
        against=THINGS,
        reach=NUMBER,
    ),
    Recognizer(  # with a trunk prefix, as in most of the world
        kind="phone",
        pattern=rf"{_START}\(?0\d{{1,5}}+\)?[ .\-/]{{1,2}}\d{{2,8}}+(?:[ .\-/]\d{{2,4}}+){{0,4}}{_EXTENSION}{_END}",
        base=0.6,
        near=0.9,
        context=_CALL,
        against=THINGS,
        check=_national(9, 12),
        reach=NUMBER,
    ),
    Recognizer(  # groups that could be anything, beside a word that says what they are
        kind="phone",
        pattern=rf"{_START}\(?\d{{2,6}}+\)?(?:[ .\-/]{{1,2}}\d{{2,6}}+){{1,4}}{_EXTENSION}{_END}",
        base=0.2,
        near=0.7,
        context=_CALL,
        against=COUNTED,
        in_calls=False,
        check=_national(7, 12),
        reach=NUMBER,
    ),
    Recognizer(
        kind="phone",
        pattern=rf"{_START}\d{{7,12}}{_EXTENSION}{_END}",
        base=0.1,
        near=0.6,
        context=_CALL,
        against=COUNTED,
        in_calls=False,
        reach=NUMBER,
    ),
)
