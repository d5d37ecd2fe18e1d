"""What a person said of a sample."""

from __future__ import annotations

from enum import StrEnum


class Answered(StrEnum):
    """What kind of answer a label is."""

    LEVEL = "level"
    """One of the criterion's levels."""
    CANNOT_TELL = "cannot_tell"
    """No answer: counted, never taken for one."""
    SKIPPED = "skipped"
    """Whoever was asked passed it on. No answer, either."""
    DOES_NOT_APPLY = "does_not_apply"
    """There is nothing to judge by the criterion: the sample is outside its domain."""
    WITHDRAWN = "withdrawn"
    """What the annotator said before is taken back."""


DECIDED = frozenset((Answered.LEVEL, Answered.DOES_NOT_APPLY))
"""What tells something of the sample; the rest is non-response."""


class Source(StrEnum):
    """Where a label came from. Only what answers a task of a wave enters a rate."""

    WAVE = "wave"
    TRACE = "trace"
    """Somebody read a trace and said so."""
    IMPORT = "import"


class Review(StrEnum):
    """Why somebody was asked."""

    FIRST = "first"
    """Its answer is Y of the sample."""
    SECOND = "second"
    """By another person, who does not see the first one: how often people agree."""
    ADJUDICATION = "adjudication"
    """By a third one, where two did not agree."""
