"""Notices texts that speak to a judge rather than to their reader. A signal of the trace, never a verdict.

What it finds are words that hardly anybody writes to a user: it is there so that somebody looks, and it is blind to
whoever puts it politely.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from evaluator.judges.fence import visible

_VERBS = (
    "answer", "reply", "respond", "return", "output", "say", "choose", "select", "give", "rate", "score", "mark",
    "grade", "label", "classify", "verdict",
)  # fmt: skip
_BETWEEN = (
    "it", "this", "that", "the", "my", "answer", "response", "verdict", "label", "score", "rating", "grade", "value",
    "only", "just", "simply", "kindly", "always", "with", "as", "be", "to", "of", "a", "an", "exactly",
)  # fmt: skip
"""What may stand between one of them and the verdict: of any words, most of what is found was meant for nobody."""
_PATTERNS = {
    "orders the judge": r"""
        (?:ignore|disregard|forget|override)\W+(?:\w+\W+){0,4}(?:instruction|rubric|prompt|rule|criteri|guideline)s?
        | (?:evaluator|judge|grader|reviewer|rater)s?\W+(?:\w+\W+){0,3}
          (?:must|should|shall|please|is\ to|are\ to|has\ to)\b
        | (?:note|message|instruction|attention|hinweis|nota)\w*\W+(?:to|for|an|para)\W+(?:\w+\W+){0,2}
          (?:evaluator|judge|grader|rater|reviewer|llm|ai\ model)s?\b
        | (?:ignorier|vergiss|ignora|olvida|ignore[zr])\w*\W+(?:\w+\W+){0,4}(?:anweisung|instruc|consigne|regel)
        | (?:忽略|无视).{0,12}(?:指令|说明|规则|提示)
    """,
    "names a verdict": r"""
        \b(?:{verbs})\b[^\w\n]{1,3}(?:(?:{between})[^\w\n]{1,3}){0,5}["'`*]{0,2}
        (?:{labels}|[01](?:\.0+)?|0?\.[0-9]+|[0-9]{1,3}\s*(?:/|out\ of)\s*[0-9]{1,3})["'`*]{0,2}
        (?=\s*(?:$|[.!,;\n"'`*]))
    """,
    "writes a reply": r"""["']?verdict["']?\s*:\s*["']?\w+""",
    "closes the fence": r"""
        \[\s*[\w-]{4,40}\s+(?:begin|end)\s+[\w ]{3,40}\] | </?(?:material|context|answer|data|document|question)\s*>
        | (?:material|answer|context)\W{0,3}(?:has\ ended|ends\ here)
    """,
    "speaks as somebody else": r"""
        ^[^\w\n]*(?:system|developer|assistant|admin(?:istrator)?)\s*(?:(?:message|prompt|note|override)\s*)?[:\]>]
        | <\|?(?:im_start|im_end|system|endoftext|eot_id)\|?> | \[/?inst\] | <</?sys>>
    """,
}
"""In small letters, as the texts are that they are looked for in: ignoring case, `re` looks at every place."""
_SIGNS = {
    "orders the judge": (
        "ignor", "disregard", "forget", "override", "evaluator", "judge", "grader", "reviewer", "rater", "llm",
        "ai model", "vergiss", "olvida", "忽略", "无视",
    ),
    "names a verdict": _VERBS,
    "writes a reply": ("verdict",),
    "closes the fence": ("[", "<", "has ended", "ends here"),
    "speaks as somebody else": (
        "system", "developer", "assistant", "admin", "im_start", "im_end", "endoftext", "eot_id", "inst]", "sys>",
    ),
}  # fmt: skip
"""A text without any of these has nothing of the kind, which is found out much faster than by the pattern."""
_FROM_ITS_SIGNS = frozenset({"names a verdict"})
"""Kinds that begin with one of their signs, which may stand in any text: they are looked for there alone."""
_SHORTEST = 24
"""Characters of base64 that are worth a look."""
_BASE64 = re.compile(rf"(?<![\w+/])[A-Za-z0-9+/]{{{_SHORTEST},4096}}={{0,2}}(?![\w+/])")
_HIDDEN = re.compile(r"⟦U\+[0-9A-F]{4,6}(?: ×(\d+))?⟧")
_MANY_HIDDEN = 8
MAX_READ = 200_000
"""Characters of a text that are looked at from either end."""


def attempts(material: Mapping[str, str], labels: Iterable[str]) -> list[str]:
    """What seems to be meant for a judge in the texts of `material` (by input), as ``answer: names a verdict``,
    sorted. `labels` are the verdicts of the rubric."""
    patterns = _compiled(tuple(labels))
    found = {f"{field}: {kind}" for field, text in material.items() for kind in _kinds(_ends(text), patterns)}
    return sorted(found)


def _kinds(text: str, patterns: Mapping[str, re.Pattern[str]]) -> set[str]:
    shown = visible(text)
    hidden = sum(int(one[1] or 1) for one in _HIDDEN.finditer(shown)) if "⟦" in shown else 0
    found = {"hides characters"} if hidden >= _MANY_HIDDEN else set()
    plain = _HIDDEN.sub("", shown) if hidden else shown
    for read in (plain, *_decoded(plain)):
        small = _small(read)
        found |= {kind for kind, pattern in patterns.items() if _is_there(kind, pattern, small)}
    return found


def _is_there(kind: str, pattern: re.Pattern[str], text: str) -> bool:
    for sign in _SIGNS[kind]:
        at = text.find(sign)
        if at >= 0 and kind not in _FROM_ITS_SIGNS:
            return pattern.search(text) is not None
        while at >= 0:
            if pattern.match(text, at):
                return True
            at = text.find(sign, at + 1)
    return False


def _small(text: str) -> str:
    """`text` in small letters; what `re` takes for an i or an s when it ignores case is one."""
    return text.replace("İ", "i").lower().replace("ı", "i").replace("ſ", "s")


def _decoded(text: str) -> Iterable[str]:
    """What stands in base64, where it is text."""
    if max(map(len, text.split()), default=0) < _SHORTEST:
        return
    for one in _BASE64.finditer(text):
        try:
            yield base64.b64decode(one[0], validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            continue


def _ends(text: str) -> str:
    return text if len(text) <= 2 * MAX_READ else text[:MAX_READ] + text[-MAX_READ:]


@lru_cache(maxsize=64)
def _compiled(labels: tuple[str, ...]) -> dict[str, re.Pattern[str]]:
    words = (re.sub(r"[_-]+", r"[\\W_]*", _small(label)) for label in labels if re.fullmatch(r"[\w-]+", label))
    filled = {"{labels}": "|".join(words) or "(?!)", "{verbs}": "|".join(_VERBS), "{between}": "|".join(_BETWEEN)}
    found = {}
    for kind, pattern in _PATTERNS.items():
        for place, text in filled.items():
            pattern = pattern.replace(place, text)
        found[kind] = re.compile(pattern, re.VERBOSE | re.MULTILINE)
    return found
