"""Parameters that a model does not take, learnt from its refusals, which cost nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evaluator.core.judge import JudgeRequest
from evaluator.judges.clients.api import Api
from evaluator.judges.clients.chat import NEWER, OLDER

_REFUSED = re.compile(
    r"(?i)unsupported|not (?:\w+ )?(?:support|permit|allow|available|recogni)|n[o']t support|does not (?:take|allow)"
    r"|unavailable|unknown|unrecogni[sz]ed|unexpected|extra (?:input|field|param)|only the default|may only"
    r"|only be set|deprecated|can ?not (?:be (?:set|used|specified)|use)|invalid (?:param|argument|field)|no longer"
)


_CANDIDATES = "top_logprobs"
_BOUND = re.compile(
    r"(?i)(?:less than or equal to|at most|no more than|maximum\D{0,12}|up to|<=|between \d+ and|not exceed)"
    r" ?(\d{1,2})\b"
)
_OUT_OF_RANGE = re.compile(
    r"(?i)\b(?:less|greater|most|more than|max\w*|up to|<=|between|range|exceeds?|too (?:large|many))\b"
)
_FEWER = 5
"""Candidates for a token that are asked for where a provider grants fewer than were asked for, and does not say how
many."""


_WORDS = frozenset({"text", "include", "store"})
"""Parameters that are called as plain English calls other things: they are meant where they stand in quotes."""


def _named_as(name: str) -> str:
    return rf"[`'\"]{name}\b" if name in _WORDS else rf"\b{re.escape(name)}\b"


class Parameters:
    """What is left out for one model at one provider, from the first refusal on, and what it is given less of."""

    def __init__(self, api: Api, without: frozenset[str]) -> None:
        self._api, self.without = api, without
        self._flipped = False
        self._candidates: int | None = None

    def fitted(self, request: JudgeRequest) -> JudgeRequest:
        """`request`, asking for no more candidates for a token than are granted."""
        if self._candidates is None or request.top_logprobs <= self._candidates:
            return request
        return replace(request, top_logprobs=self._candidates)

    def learn(self, message: str, param: str | None, sent: Mapping[str, Any]) -> bool:
        """Whether a refusal of `sent` names a parameter that can be left out, or be smaller, as it is from now on."""
        if self._too_many(message, param, sent):
            return True
        name = self._named(message, param, sent)
        if name is None:
            return False
        if name == NEWER:
            # The bound of a reply has two names, and one of them is always sent.
            if self._flipped or OLDER not in self.without:
                return False
            self._flipped, self.without = True, self.without - {OLDER}
            return True
        if name == OLDER:
            if self._flipped:
                return False
            self._flipped = True
        self.without |= {name}
        return True

    def _too_many(self, message: str, param: str | None, sent: Mapping[str, Any]) -> bool:
        """Whether too many candidates for a token were asked for; fewer are from now on."""
        asked = sent.get(_CANDIDATES)
        if not isinstance(asked, int) or (param != _CANDIDATES and _CANDIDATES not in message):
            return False
        said = _BOUND.search(message)
        if said is None and not _OUT_OF_RANGE.search(message):
            return False
        bound = int(said[1]) if said is not None else _FEWER
        if 0 < bound < asked:
            self._candidates = min(bound, self._candidates or bound)
        else:  # fewer yet are of no use, and what was granted is refused all the same
            self.without |= {_CANDIDATES}
        return True

    def _named(self, message: str, param: str | None, sent: Mapping[str, Any]) -> str | None:
        could = [name for name in sent if name in self._api.optional or name == NEWER]
        if not _REFUSED.search(message):
            return None
        if param and (first := re.split(r"[.\[]", param)[0]) in could:
            return first
        # "Use max_completion_tokens instead": the one that is named first is the one that is refused.
        found = [(at.start(), name) for name in could if (at := re.search(_named_as(name), message))]
        # What is said of log-probabilities as such is about this one where it is all that asks for them.
        if not found and _CANDIDATES in could and "logprobs" in message:
            return _CANDIDATES
        return min(found)[1] if found else None
