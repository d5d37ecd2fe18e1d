"""Money: cards, bank accounts, wallets."""

from __future__ import annotations

import re

from evaluator.text.pii.checksums import aba, base58check, bech32, luhn, mod97
from evaluator.text.pii.recognizer import NUMBER, Recognizer, whole

_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30,
}  # fmt: skip
"""Characters of an IBAN by country (SWIFT's registry)."""

_ISSUERS: tuple[tuple[int, int, frozenset[int]], ...] = (
    (4, 4, frozenset((13, 16, 18, 19))),  # Visa
    (51, 55, frozenset((16,))),  # Mastercard
    (2221, 2720, frozenset((16,))),
    (34, 34, frozenset((15,))),  # American Express
    (37, 37, frozenset((15,))),
    (6011, 6011, frozenset(range(16, 20))),  # Discover
    (644, 659, frozenset(range(16, 20))),
    (300, 305, frozenset(range(14, 20))),  # Diners Club
    (3095, 3095, frozenset(range(14, 20))),
    (36, 36, frozenset(range(14, 20))),
    (38, 39, frozenset(range(14, 20))),
    (3528, 3589, frozenset(range(16, 20))),  # JCB
    (2131, 2131, frozenset((15,))),
    (1800, 1800, frozenset((15,))),
    (62, 62, frozenset(range(16, 20))),  # UnionPay
    (2200, 2204, frozenset(range(16, 20))),  # Mir
    (5018, 5018, frozenset(range(12, 20))),  # Maestro
    (5020, 5020, frozenset(range(12, 20))),
    (5038, 5038, frozenset(range(12, 20))),
    (5893, 5893, frozenset(range(12, 20))),
    (6304, 6304, frozenset(range(12, 20))),
    (6759, 6763, frozenset(range(12, 20))),
)
"""First and last prefix of an issuer (ISO/IEC 7812), and how many digits its cards have."""

_CARD = (
    "card",
    "credit",
    "debit",
    "visa",
    "mastercard",
    "amex",
    "cc",
    "pan",
    "cvv",
    "kreditkarte",
    "tarjeta",
    "carte",
)
_WALLET = ("bitcoin", "btc", "ethereum", "eth", "wallet", "crypto", "litecoin", "dogecoin", "usdt", "address")


def _is_card(value: str) -> bool:
    digits = re.sub(r"\D", "", value)
    known = any(
        len(digits) in lengths and low <= int(digits[: len(str(low))]) <= high for low, high, lengths in _ISSUERS
    )
    return known and luhn(digits)


def _could_be_card(value: str) -> bool:
    return len(set(value)) > 2 and luhn(re.sub(r"\D", "", value))


def _iban(value: str) -> int:
    """The characters of an IBAN of its country's length; words may follow it."""
    length = _IBAN_LENGTHS.get(value[:2].upper(), 0)
    places = [place for place, char in enumerate(value) if char.isalnum()]
    if not length or len(places) < length:
        return 0
    end = places[length - 1] + 1
    follows = value[end : end + 1]
    code = "".join(value[place] for place in places[:length]).upper()
    return end if not follows.isalnum() and mod97(code) else 0


def _is_routing(value: str) -> bool:
    head = int(value[:2])
    return aba(value) and (head <= 12 or 21 <= head <= 32 or 61 <= head <= 72 or head == 80)


_CARD_FORM = (
    r"(?<![\w.])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5}|\d{12,19})(?!\w|[.-]\d)"
)

FINANCE = (
    Recognizer(
        kind="credit_card",
        pattern=_CARD_FORM,
        base=0.9,
        near=0.99,
        context=_CARD,
        check=whole(_is_card),
        reach=NUMBER,
    ),
    Recognizer(  # of an issuer that is not in the list
        kind="credit_card",
        pattern=_CARD_FORM,
        base=0.0,
        near=0.75,
        context=_CARD,
        check=whole(_could_be_card),
        reach=NUMBER,
    ),
    Recognizer(
        kind="iban",
        pattern=r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?",
        base=0.98,
        check=_iban,
        reach=(8, 40),
    ),
    Recognizer(
        kind="bank_routing",
        pattern=r"(?<![\w.-])\d{9}(?!\w|[.-]\d)",
        base=0.0,
        near=0.9,
        context=("routing", "aba", "rtn", "routing number", "transit number"),
        check=whole(_is_routing),
        reach=NUMBER,
    ),
    Recognizer(
        kind="crypto_wallet",
        pattern=r"(?<![A-Za-z0-9])[13LMD][1-9A-HJ-NP-Za-km-z]{25,34}(?![A-Za-z0-9])",
        base=0.95,
        check=whole(base58check),
        reach=(72, 72),
    ),
    Recognizer(
        kind="crypto_wallet",
        pattern=r"(?<![A-Za-z0-9])(?:bc1|ltc1|BC1|LTC1)[0-9A-Za-z]{11,71}(?![A-Za-z0-9])",
        base=0.98,
        check=whole(bech32),
        reach=(72, 72),
    ),
    Recognizer(
        kind="crypto_wallet",
        pattern=r"(?<![A-Za-z0-9])0x[0-9a-fA-F]{40}(?![A-Za-z0-9])",
        base=0.7,
        near=0.9,
        context=_WALLET,
        literals=("0x",),
    ),
)
