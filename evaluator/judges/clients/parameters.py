"""Parameters that a model does not take, learnt from its refusals, which cost nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evaluator.judges.clients.api import Api
from evaluator.judges.clients.chat import NEWER, OLDER

_REFUSED = re.compile(
    r"(?i)unsupported|not (?:\w+ )?(?:support|permit|allow|available|recogni)|n[o']t support|does not (?:take|allow)"
    r"|unavailable|unknown|unrecogni[sz]ed|unexpected|extra (?:input|field|param)|only the default|may only"
    r"|only be set|deprecated|can ?not (?:be (?:set|used|specified)|use)|invalid (?:param|argument|field)|no longer"
)


class Parameters:
    """What is left out for one model at one provider, from the first refusal on."""

    def __init__(self, api: Api, without: frozenset[str]) -> None:
        self._api, self.without = api, without
        self._flipped = False

    def learn(self, message: str, param: str | None, sent: Mapping[str, Any]) -> bool:
        """Whether a refusal of `sent` names a parameter that can be left out, which it is from now on."""
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

    def _named(self, message: str, param: str | None, sent: Mapping[str, Any]) -> str | None:
        could = [name for name in sent if name in self._api.optional or name == NEWER]
        if not _REFUSED.search(message):
            return None
        if param and (first := re.split(r"[.\[]", param)[0]) in could:
            return first
        # "Use max_completion_tokens instead": the one that is named first is the one that is refused.
        found = [(at.start(), name) for name in could if (at := re.search(rf"\b{re.escape(name)}\b", message))]
        return min(found)[1] if found else None
