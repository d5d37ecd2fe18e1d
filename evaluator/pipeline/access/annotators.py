"""Who labels: the name of the key, or the one that is given where no keys are asked for."""

from __future__ import annotations

from evaluator.core.access import LOCAL, Principal
from evaluator.core.errors import InvalidInput, Unauthenticated
from evaluator.pipeline.access.authenticator import Authenticator


def annotator_of(authenticator: Authenticator, caller: Principal, given: str | None) -> str:
    """The annotator that `caller` speaks as.

    Raises:
        InvalidInput: the request names another than its key.
        Unauthenticated: the key was ended meanwhile.
    """
    if caller.actor == LOCAL:
        return given or LOCAL
    key = authenticator.named(caller.project, caller.actor)
    if key is None:
        raise Unauthenticated("this key was revoked or has expired. Ask an admin of your project for another")
    if given is not None and given != key.name:
        raise InvalidInput("annotator", "is the name of your key, and no other", "Leave it out")
    return key.name
