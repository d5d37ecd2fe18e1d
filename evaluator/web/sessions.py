"""Who looks at the pages: a key is shown once, and a signed cookie stands for it from then on.

The cookie is signed with what is stored of the key, so every process of the API can read it, it ends with the key and
nothing has to be kept of it. It says which key it stands for and until when; the key is looked up every time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from evaluator.core.access import NOBODY_ELSE, ApiKey, Scope
from evaluator.core.ports import Clock
from evaluator.pipeline.access.authenticator import Authenticator

COOKIE = "faithline_session"
LASTS = timedelta(hours=12)
MAX_COOKIE = 1024


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever looks at a page: the project that they see, and `csrf`, which forms that change something must carry.

    `csrf` is empty for somebody who did not have to sign in.
    """

    project: str
    csrf: str = ""

    @property
    def signed_in(self) -> bool:
        return bool(self.csrf)


class SignInNeeded(Exception):
    """Nobody has signed in, and this service asks for keys."""


class Visits:
    """A dependency of every page: who looks at it. They must have the scope `read`."""

    scope = Scope.READ

    def __init__(self, authenticator: Authenticator, clock: Clock, *, required: bool) -> None:
        self._authenticator, self._clock, self._required = authenticator, clock, required

    async def __call__(self, request: Request) -> Visitor:
        """Raises SignInNeeded, or TooManyRequests for a key that asks too often."""
        visitor = await run_in_threadpool(self.read, request.cookies)
        if visitor is None:
            if self._required:
                raise SignInNeeded
            visitor = Visitor(NOBODY_ELSE.project)
        request.state.visitor = visitor
        return visitor

    def read(self, cookies: Mapping[str, str]) -> Visitor | None:
        """Whoever signed in; None where the cookie is missing, forged or too old, or its key has ended."""
        token = cookies.get(COOKIE, "")
        content, _, signature = token.partition(".")
        if not signature or len(token) > MAX_COOKIE:
            return None
        try:
            project, key_id, until = json.loads(urlsafe_b64decode(content + "=="))
        except (ValueError, RecursionError):  # of base64, UTF-8, JSON and the wrong number of values
            return None
        if not (isinstance(project, str) and isinstance(key_id, str) and isinstance(until, int)):
            return None
        if until < self._clock.now().timestamp() or "\x00" in project + key_id:
            return None
        key = self._authenticator.named(project, key_id)
        if key is None or not same(_sign(key, "session", content), signature):
            return None
        if not key.principal.may(self.scope):
            return None
        self._authenticator.admit(key)
        return Visitor(project, _sign(key, "csrf", token))

    def begin(self, secret: str) -> str | None:
        """The cookie for the bearer of a key; None where the key is not valid or may not read."""
        key = self._authenticator.key(secret.strip())
        if key is None or not key.principal.may(self.scope):
            return None
        return _token(key, self._clock.now() + LASTS)


def same(expected: str, given: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell how far they are."""
    return hmac.compare_digest(expected.encode("utf-8", "replace"), given.encode("utf-8", "replace"))


def _token(key: ApiKey, until: datetime) -> str:
    said = json.dumps([key.project, key.id, int(until.timestamp())])
    content = urlsafe_b64encode(said.encode()).decode().rstrip("=")
    return f"{content}.{_sign(key, 'session', content)}"


def _sign(key: ApiKey, purpose: str, text: str) -> str:
    message = f"{purpose}.{text}".encode("utf-8", "surrogatepass")
    return hmac.new(bytes.fromhex(key.hash), message, hashlib.sha256).hexdigest()
