"""Finds personal data and secrets in a text."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable
from functools import cache

from evaluator.core.errors import InvalidInput
from evaluator.text.pii.contact import CONTACT
from evaluator.text.pii.finance import FINANCE
from evaluator.text.pii.identity import IDENTITY
from evaluator.text.pii.network import NETWORK
from evaluator.text.pii.person import PERSON
from evaluator.text.pii.place import PLACE
from evaluator.text.pii.reading import Reading
from evaluator.text.pii.recognizer import PiiSpan, Recognizer
from evaluator.text.pii.secrets import SECRETS

RECOGNIZERS: tuple[Recognizer, ...] = (*CONTACT, *FINANCE, *IDENTITY, *NETWORK, *SECRETS, *PERSON, *PLACE)
KINDS: tuple[str, ...] = tuple(dict.fromkeys(recognizer.kind for recognizer in RECOGNIZERS))
"""Every kind that can be found."""
DEFAULT_THRESHOLD = 0.5


def read_kinds(names: Collection[str], field: str) -> tuple[str, ...]:
    """The kinds that `names` choose, in the order of the tables; ``all`` and no name choose every one.

    Raises:
        InvalidInput: naming `field`, for a kind that there is not.
    """
    for name in names:
        if name not in KINDS and name != "all":
            raise InvalidInput(field, f"there is no kind {name!r}", f"Kinds are: all, {', '.join(KINDS)}")
    return KINDS if not names or "all" in names else tuple(kind for kind in KINDS if kind in names)


def find_pii(text: str, kinds: Collection[str] = KINDS, threshold: float = DEFAULT_THRESHOLD) -> list[PiiSpan]:
    """What `text` holds of `kinds` with at least the confidence `threshold`, in order, no two overlapping.

    Where two forms claim the same characters, the surer one has them, then the longer one. The time grows with the
    length of the text whatever is in it.
    """
    return resolve(find_all(text, kinds, threshold))


def find_all(text: str, kinds: Collection[str] = KINDS, threshold: float = DEFAULT_THRESHOLD) -> list[PiiSpan]:
    """As `find_pii`, but also what overlaps with something surer; in no order."""
    reading = Reading(text)
    chosen = [r for r in _chosen(frozenset(kinds)) if r.reach is None or reading.has_digits]
    return [span for recognizer in chosen for span in recognizer.find(reading, threshold)]


def resolve(spans: Iterable[PiiSpan]) -> list[PiiSpan]:
    """The spans in order, without those that overlap with a surer one, or with a longer one as sure."""
    taken: list[PiiSpan] = []
    for span in sorted(spans, key=lambda s: (-s.confidence, s.start - s.end, s)):
        place = bisect_left(taken, span)
        clear_before = place == 0 or taken[place - 1].end <= span.start
        if clear_before and (place == len(taken) or span.end <= taken[place].start):
            insort(taken, span)
    return taken


def merged(spans: Iterable[PiiSpan]) -> list[PiiSpan]:
    """Overlapping spans as one, under the name of the surest, so that nothing of any is left out."""
    out: list[PiiSpan] = []
    for span in sorted(spans):
        last = out[-1] if out else None
        if last is None or span.start >= last.end:
            out.append(span)
            continue
        surer = max(last, span, key=lambda s: (s.confidence, s.end - s.start))
        out[-1] = PiiSpan(last.start, max(last.end, span.end), surer.kind, surer.confidence)
    return out


@cache
def _chosen(kinds: frozenset[str]) -> tuple[Recognizer, ...]:
    return tuple(recognizer for recognizer in RECOGNIZERS if recognizer.kind in kinds)
