"""Keys, tokens and passwords. A text that holds one gives its reader access."""

from __future__ import annotations

import math
import re
from collections import Counter

from evaluator.text.pii.recognizer import Recognizer, whole

_FORMS = (
    r"(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{16}",  # Amazon Web Services
    r"gh[pousr]_[A-Za-z0-9]{36,255}",  # GitHub
    r"github_pat_[A-Za-z0-9_]{22,255}",
    r"glpat-[A-Za-z0-9_-]{20,64}",  # GitLab
    r"sk-(?:[a-z]{2,12}-){0,2}[A-Za-z0-9_-]{20,200}",  # OpenAI, Anthropic and who writes keys as they do
    r"xox[abeoprs]-[A-Za-z0-9-]{10,250}",  # Slack
    r"AIza[A-Za-z0-9_-]{35}",  # Google
    r"ya29\.[A-Za-z0-9_-]{20,250}",
    r"[rsp]k_(?:live|test)_[A-Za-z0-9]{16,250}",  # Stripe
    r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}",  # SendGrid
    r"hf_[A-Za-z0-9]{30,64}",  # Hugging Face
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-[A-Za-z0-9_-]{50,250}",
)
_PREFIXES = (
    *(
        "AKIA",
        "ASIA",
        "AROA",
        "AIDA",
        "AGPA",
        "ANPA",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
    ),
    *("sk-", "xox", "AIza", "ya29.", "k_live_", "k_test_", "SG.", "hf_", "npm_", "pypi-"),
)
_NAMED = (
    *(f"{what}{gap}key" for what in ("api", "access", "secret", "private") for gap in (" ", "")),
    *(f"{what}{gap}token" for what in ("access", "auth", "refresh", "session", "id") for gap in (" ", "")),
    *(
        "token",
        "secret",
        "client secret",
        "credential",
        "credentials",
        "access key id",
        "secret access key",
        "bearer",
    ),
)
_PASSWORDS = (
    *("password", "passwd", "passcode", "passphrase", "pwd", "pin", "pin code", "passwort", "kennwort", "contraseña"),
    *("mot de passe", "senha", "wachtwoord"),
)
_SAYS = r"[\"']?\]?(?:[ \t]{0,3}(?:[:=]{1,2}|=>)|[ ](?:is|was|ist|est|es)\b:?)[ \t\r\n]{0,3}[\"'`]?"
_PLACEHOLDER = re.compile(
    r"(?i)your|example|placeholder|redacted|changeme|\bnull\b|\bnone\b|\btrue\b|\bfalse\b|xxx|\.\.\."
)
_MIN_BITS = 3.0
"""Entropy that a random key has per character, estimated from its own characters; words have less."""


def _bits(value: str) -> float:
    """Shannon entropy of the characters of `value`, in bits per character."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())


def _is_random(value: str) -> bool:
    """Letters and digits in a disorder that words and plain numbers do not have."""
    mixed = any(char.isdigit() for char in value) and any(char.isalpha() for char in value)
    return mixed and _bits(value) >= _MIN_BITS and _PLACEHOLDER.search(value) is None


def _is_password(value: str) -> bool:
    """Not a word of the sentence: something in it is neither a small letter nor a capital at the front."""
    odd = any(not char.isalpha() for char in value) or value[1:] != value[1:].lower()
    return odd and _PLACEHOLDER.search(value) is None


SECRETS = (
    Recognizer(
        kind="api_key",
        pattern=rf"(?<![A-Za-z0-9_])(?:{'|'.join(_FORMS)})(?![A-Za-z0-9])",
        base=0.95,
        check=whole(lambda value: _bits(value) >= _MIN_BITS),
        literals=_PREFIXES,
    ),
    Recognizer(
        kind="jwt",
        pattern=r"(?<![\w-])eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{0,2000}",
        base=0.98,
        literals=("eyJ",),
    ),
    Recognizer(
        kind="private_key",
        pattern=r"-----BEGIN [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----[ \t\r\n]{0,8}+"
        r"(?:[A-Za-z-]{1,20}: [^\n\x1e]{1,120}\n[ \t\r\n]{0,8}+){0,4}"
        r"(?:[A-Za-z0-9+/=]{8,}+[ \t\r\n]{0,8}+)++(?:[A-Za-z0-9+/=]{1,7}[ \t\r\n]{0,8}+)?"
        r"(?:-----END [A-Z ]{0,24}PRIVATE KEY(?: BLOCK)?-----)?",
        base=0.99,
        literals=("PRIVATE KEY",),
    ),
    Recognizer(
        kind="secret",
        pattern=rf"{_SAYS}(?i:bearer |basic )?(?P<v>[A-Za-z0-9+/=_.~-]{{12,512}})",
        base=0.85,
        leads=_NAMED,
        check=whole(_is_random),
    ),
    Recognizer(
        kind="secret",
        pattern=r" (?P<v>[A-Za-z0-9+/=_.~-]{16,512})",
        base=0.8,
        leads=("bearer", "basic"),
        check=whole(_is_random),
    ),
    Recognizer(
        kind="secret",
        pattern=rf"{_SAYS}(?P<v>[^\s\"'`,;<>{{}}\[\]()]{{4,128}}(?<![.!?:]))",
        base=0.7,
        leads=_PASSWORDS,
        check=whole(_is_password),
    ),
)
