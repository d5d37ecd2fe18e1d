"""Which parts of an answer claim something that a context could support.

Questions, greetings, lead-ins ("Here is a summary:"), referrals ("Please contact support") and refusals ("The
passages do not say") claim nothing about the world, so they are never marked as hallucinated. Of a sentence that does
both ("I can't find that, but the fee is 12 EUR") the part that claims something is a claim, and what is stated in the
form of a question ("Did you know that ...?") is one, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from evaluator.text.numbers import extract_numbers
from evaluator.text.sentences import Span, split_sentences
from evaluator.text.speech.east_asian import CHINESE, JAPANESE
from evaluator.text.speech.english import ENGLISH
from evaluator.text.speech.german import GERMAN
from evaluator.text.speech.italian import ITALIAN
from evaluator.text.speech.romance import FRENCH, PORTUGUESE, SPANISH
from evaluator.text.speech.speech import AMOUNT, FIGURE, Speech
from evaluator.text.words import content_stems, tokens

_SOURCE = r"(?:passages?|context|documents?|texts?|articles?|sources?|data|information|material|excerpts?|question)"
_REFERRAL = re.compile(
    r"^\W*(?:(?:please|kindly|you (?:can|could|may)|try) (?:\w+ )?"
    r"|you(?:['’]d| would|['’]ll| will) have to |you (?:may|might) want to )(?:contact|ask|check|consult|reach"
    r"|refer|see|call)\b"
    r"|^\W*i(?:['’]d| would)? (?:suggest|recommend|advise) (?:contact|ask|check|consult|reach|call)ing\b",
    re.IGNORECASE,
)
_REFERRAL_WORDS = 4
"""Content words of a referral, at most: more than that say where, or when."""
_LEAD_IN = re.compile(
    r"\b(?:here(?:'s| is| are)|following|as follows|below|based on|according to|given|provided)\b.*"
    rf"\b(?:{_SOURCE}|summary|overview|steps?|answers?|ways?|reasons?|list|points?|tips|follow\w*)\b",
    re.IGNORECASE,
)
_KANA, _HAN = re.compile(r"[\u3040-\u30ff]"), re.compile(r"[\u3400-\u9fff]")
_STOP = re.compile(r"(?<=[^\W\d_]{3}[.!?])(?<!\bProf\.) +(?=[A-ZÀ-ÖØ-Þ¿¡\"“])")
_QUESTION = re.compile(r"[?？؟][\s\"'”’»」』)）*_]*$")
_EDGE = " \t\r\n\"'“”‘’«»「」『』()（）*_-–—•>#¿¡.,;:!?。，、；：！？…"
"""What is left out at the ends of a part; none of it says anything."""


class _Part(NamedTuple):
    """A range of a sentence; `new` if its conjunction says that something else begins."""

    start: int
    end: int
    new: bool


def claim_spans(text: str) -> list[Span]:
    """The claims of a text in order: whole sentences, or the parts of them that claim something."""
    return [
        Span(sentence.start + start, sentence.start + end)
        for sentence in split_sentences(text)
        for start, end in _claims(text[sentence.start : sentence.end])
    ]


def is_claim(sentence: str) -> bool:
    """Whether a sentence states something to be checked against the context."""
    return bool(_claims(sentence))


def _claims(text: str) -> list[Span]:
    """The claims of what passes for one sentence: the splitter leaves some together."""
    stops = [match.end() for match in _STOP.finditer(text)]
    pieces = list(zip([0, *stops], [*stops, len(text)], strict=True))
    found = [(start, _claims_of_sentence(text[start:end])) for start, end in pieces]
    if all(claims == [Span(0, end - start)] for (start, end), (_, claims) in zip(pieces, found, strict=True)):
        return [Span(0, len(text))]
    spans = [Span(start + first, start + last) for start, claims in found for first, last in claims]
    return [Span(start, start + len(text[start:end].rstrip())) for start, end in spans]


def _claims_of_sentence(sentence: str) -> list[Span]:
    words = tokens(sentence)
    if not content_stems(sentence):
        return []
    if _QUESTION.search(sentence):
        return _told_by_question(sentence, _speeches(sentence))
    if _leads_on(sentence):
        return []
    whole = [Span(0, len(sentence))]
    for speech in _speeches(sentence):
        if speech.marks and speech.marks.isdisjoint(words):
            continue
        if speech.declines.search(sentence):
            return _told_beside_refusal(sentence, _parts(sentence, speech), speech)
        if _is_courtesy(sentence, speech):
            return []
        parts = [sentence[part.start : part.end] for part in _parts(sentence, speech)]
        if any(_is_courtesy(part, speech) for part in parts):
            return whole if any(_tells(part, True, speech) for part in parts) else []
    return whole


def _leads_on(sentence: str) -> bool:
    """Whether it leads to what follows it, or refers to somebody else."""
    if _is_referral(sentence):
        return True
    words = content_stems(sentence)
    ends_open = sentence.rstrip().endswith(":")
    return ends_open and (len(words) <= 3 or _LEAD_IN.search(sentence) is not None)


def _is_referral(text: str) -> bool:
    short = len(content_stems(text)) <= _REFERRAL_WORDS
    return short and _REFERRAL.match(text) is not None and not extract_numbers(text)


def _speeches(sentence: str) -> tuple[Speech, ...]:
    if _KANA.search(sentence):
        return (JAPANESE,)
    if _HAN.search(sentence):
        return (CHINESE,)
    return (ENGLISH, GERMAN, SPANISH, FRENCH, PORTUGUESE, ITALIAN)


def _parts(sentence: str, speech: Speech) -> list[_Part]:
    """The sentence cut where something new may begin; every part has a visible character."""
    cuts = {match.start(): True for match in speech.turns.finditer(sentence)}
    for match in speech.parts.finditer(sentence):
        cuts.setdefault(match.start(), False)
    places = sorted(place for place in cuts if place > 0)
    edges = [0, *places, len(sentence)]
    new = [True, *(cuts[place] for place in places)]
    return [_Part(a, b, n) for a, b, n in zip(edges, edges[1:], new, strict=False) if sentence[a:b].strip(_EDGE)]


def _told_beside_refusal(sentence: str, parts: list[_Part], speech: Speech) -> list[Span]:
    """What a sentence claims that declines something in some part.

    What follows a comma is mostly the object of the refusal, and what stands in front of it an adverb: they claim
    something if they have a verb that states it.
    """
    new = [part.new for part in parts[1:]]
    after = [bool(new[:1] and new[0]), *new]
    told = [_tells(sentence[part.start : part.end], new, speech) for part, new in zip(parts, after, strict=True)]
    return list(_joined(sentence, parts, told))


def _tells(part: str, new: bool, speech: Speech) -> bool:
    """Whether a part claims something; if it is not `new`, only with a verb that states it."""
    body = _body(part, speech)
    if not content_stems(body) or speech.courtesy.fullmatch(body) or speech.declines.search(body):
        return AMOUNT.search(body) is not None
    if speech.goes_on.match(body):
        return FIGURE.search(body) is not None
    if _is_referral(body):
        return False
    return new or FIGURE.search(body) is not None or speech.states.search(body) is not None


def _body(part: str, speech: Speech) -> str:
    """A part without what opens it: blanks, conjunctions, "unfortunately", "based on the documents"."""
    body = part.strip(_EDGE)
    while match := speech.opening.match(body):
        body = body[match.end() :].strip(_EDGE)
    return body


def _is_courtesy(part: str, speech: Speech) -> bool:
    body = part.strip(_EDGE)
    return bool(body) and speech.courtesy.fullmatch(body) is not None


def _told_by_question(sentence: str, speeches: tuple[Speech, ...]) -> list[Span]:
    """What a question states: all of it, or what stands before it is asked."""
    if any(speech.tells.search(sentence) for speech in speeches):
        return [Span(0, len(sentence))]
    for speech in speeches:
        parts = _parts(sentence, speech)
        bodies = [_body(sentence[part.start : part.end], speech) for part in parts]
        asked = next((i for i, body in enumerate(bodies) if speech.asks.match(body)), None)
        if asked is None:
            continue
        told = [
            i != asked and not speech.goes_on.match(body) and _tells(body, False, speech)
            for i, body in enumerate(bodies)
        ]
        return list(_joined(sentence, parts, told))
    return []


def _joined(sentence: str, parts: list[_Part], told: list[bool]) -> Iterator[Span]:
    """Neighbouring parts that claim something as one, without what parts them from the rest."""
    if told and all(told):
        yield Span(0, len(sentence))
        return
    start: int | None = None
    for index, (part, claims) in enumerate(zip(parts, told, strict=True)):
        if claims and start is None:
            start = part.start
        if start is not None and (not claims or index == len(parts) - 1):
            end = part.end if claims else part.start
            left = start + len(sentence[start:end]) - len(sentence[start:end].lstrip(_EDGE))
            right = start + len(sentence[start:end].rstrip())
            if left < right:
                yield Span(left, right)
            start = None
