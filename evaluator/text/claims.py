"""Which sentences of an answer claim something that a context could support.

Questions, greetings, lead-ins ("Here is a summary:"), referrals ("Please contact support") and refusals ("The
passages do not say") claim nothing about the world, so they are never marked as hallucinated.
"""

from __future__ import annotations

import re

from evaluator.text.words import content_stems

_SOURCE = r"(?:passages?|context|documents?|texts?|articles?|sources?|data|information|material|excerpts?|question)"
_SAY = r"(?:say|mention|state|specify|provide|contain|answer|explain|address|discuss|cover)"
_SAID = r"(?:mentioned|stated|specified|provided|given|found|answered|covered)"
_REFUSAL = re.compile(
    r"\bunable to (?:answer|find|determine|provide)\b"
    r"|\b(?:i|we)(?:'m| am| are)? (?:sorry|afraid)\b"
    r"|\bi (?:do not|don['’]t|cannot|can['’]t) (?:know|answer|find|say|tell)\b"
    r"|\b(?:i|we) (?:could not|couldn['’]t|did not|didn['’]t|was not able to|were not able to) find\b"
    r"|\b(?:i|we) (?:cannot|can['’]t|can not) confirm\b"
    rf"|\b{_SOURCE}\b[^.,]{{0,40}}\b(?:do|does|did)(?: not|n['’]t) (?:\w+ )?{_SAY}\b"
    r"|\b(?:says? nothing|nothing is said|no mention of|makes? no mention)\b"
    rf"|\bno (?:\w+ )?(?:information|mention|answer|details?)\b[^.]{{0,60}}\b{_SOURCE}\b"
    rf"|\b(?:not|n['’]t) (?:\w+ )?{_SAID}\b[^.]{{0,40}}\b{_SOURCE}\b"
    r"|\bthere is (?:no|not enough|insufficient) information\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"^\W*(?:hello|hi|hey|thanks?|thank you|sure|certainly|of course|you(?:'re| are) welcome|yes|no|okay|ok"
    r"|great question|i hope (?:this|that)|let me know|feel free|please (?:let|feel)|happy to help"
    r"|hope (?:this|that))\b",
    re.IGNORECASE,
)
_REFERRAL = re.compile(
    r"^\W*(?:please|kindly|you (?:can|could|may)|try) (?:\w+ )?"
    r"(?:contact|ask|check|consult|reach|refer|see|call)\b[^0-9]*$",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    r"\b(?:here(?:'s| is| are)|following|as follows|below|based on|according to|given|provided)\b.*"
    rf"\b(?:{_SOURCE}|summary|overview|steps?|answers?|ways?|reasons?|list|points?|tips|follow\w*)\b",
    re.IGNORECASE,
)


def is_refusal(sentence: str) -> bool:
    """Whether the sentence says that it, or the context, cannot answer."""
    return _REFUSAL.search(sentence) is not None


def is_claim(sentence: str) -> bool:
    """Whether a sentence states something to be checked against the context."""
    words = content_stems(sentence)
    if not words or sentence.rstrip().endswith("?") or is_refusal(sentence):
        return False
    if len(words) <= 4 and _REFERRAL.match(sentence) is not None:
        return False
    if len(words) < 4 and _COURTESY.match(sentence) is not None:
        return False
    ends_open = sentence.rstrip().endswith(":")
    return not (ends_open and (len(words) <= 3 or _LEAD_IN.search(sentence) is not None))
