"""Who looks at the pages: a key is shown once, and a signed cookie stands for it from then on.

The cookie says which key it stands for, which sign-in it belongs to and until when. It is signed with a secret that
the database does not hold; the sign-in and the key are looked up every time, so that it ends with either of them, in
every process of the API at once, whoever has a copy of it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from evaluator.core.access import NOBODY_ELSE, Principal, Scope, check_scope
from evaluator.core.errors import Unauthenticated
from evaluator.core.ports import Clock
from evaluator.pipeline.access.authenticator import Authenticator
from evaluator.store.store import Store

COOKIE = "faithline_session"
LASTS = timedelta(hours=12)
MAX_COOKIE = 1024
ENTER_WITH = (Scope.READ, Scope.REVIEW)
"""A key needs one of these to sign in: whoever labels need not see scores."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever looks at a page, by what key and with what it may do, and `csrf`, which forms that change something
    must carry.

    `name` (of the key), `csrf` and `sign_in` are empty for somebody who did not have to sign in.
    """

    principal: Principal
    name: str = ""
    csrf: str = ""
    sign_in: str = ""

    @property
    def project(self) -> str:
        return self.principal.project

    @property
    def signed_in(self) -> bool:
        return bool(self.csrf)

    def may(self, scope: Scope) -> bool:
        return self.principal.may(scope)


class SignInNeeded(Exception):
    """Nobody has signed in, and this service asks for keys."""


class Visits:
    """Who looks at the pages."""

    def __init__(
        self,
        store: Store,
        authenticator: Authenticator,
        clock: Clock,
        secret: Callable[[], bytes],
        *,
        required: bool,
    ) -> None:
        self._store, self._authenticator, self._clock = store, authenticator, clock
        self._find_secret, self._required = secret, required
        if required:
            _ = self._secret  # rather now than when somebody signs in

    @cached_property
    def _secret(self) -> bytes:
        return self._find_secret()

    async def enter(self, request: Request) -> Visitor:
        """Raises SignInNeeded, or TooManyRequests for a key that asks too often."""
        visitor = await run_in_threadpool(self.read, request.cookies)
        if visitor is None:
            if self._required:
                raise SignInNeeded
            visitor = Visitor(NOBODY_ELSE)
        request.state.visitor = visitor
        return visitor

    def read(self, cookies: Mapping[str, str]) -> Visitor | None:
        """Whoever signed in; None where the cookie is missing, forged or too old, or its sign-in or key has ended."""
        token = cookies.get(COOKIE, "")
        content, _, signature = token.partition(".")
        if not signature or len(token) > MAX_COOKIE or not same(self._sign("session", content), signature):
            return None
        project, key_id, sign_in, until = json.loads(urlsafe_b64decode(content + "=="))
        now = self._clock.now()
        if until < now.timestamp():
            return None
        key = self._authenticator.named(project, key_id)
        if key is None or not _may_enter(key.principal):
            return None
        with self._store.read() as unit:
            if not unit.of(project).sign_ins.lasts(sign_in, now):
                return None
        self._authenticator.admit(key)
        return Visitor(key.principal, key.name, self._sign("csrf", token), sign_in)

    def begin(self, secret: str, host: str | None) -> tuple[str, Principal] | None:
        """The cookie for the bearer of a key, who asks from the address `host`, and who they are.

        None where the key is not valid or opens no page. Raises TooManyRequests.
        """
        try:
            key = self._authenticator.enter([secret.strip()], host)
        except Unauthenticated:
            return None
        self._authenticator.admit(key)
        if not _may_enter(key.principal):
            self._authenticator.refusals.refused(host, "sign_in_refused", project=key.project, key=key.id)
            return None
        now = self._clock.now()
        with self._store.write() as unit:
            sign_in = unit.of(key.project).sign_ins.begin(key.id, now, now + LASTS)
        said = json.dumps([key.project, key.id, sign_in, int((now + LASTS).timestamp())])
        content = urlsafe_b64encode(said.encode()).decode().rstrip("=")
        return f"{content}.{self._sign('session', content)}", key.principal

    def end(self, visitor: Visitor) -> None:
        """End a sign-in: no copy of its cookie is worth anything from now on."""
        with self._store.write() as unit:
            unit.of(visitor.project).sign_ins.end(visitor.sign_in)

    def _sign(self, purpose: str, text: str) -> str:
        message = f"{purpose}.{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()


def project_of(request: Request) -> str:
    """The project of whoever looks at a page."""
    visitor: Visitor = request.state.visitor
    return visitor.project


class VisitorWith:
    """A dependency of every page: who looks at it, who must have `scope`."""

    def __init__(self, visits: Visits, scope: Scope) -> None:
        self._visits, self.scope = visits, scope

    async def __call__(self, request: Request) -> Visitor:
        """Raises SignInNeeded, Forbidden, or TooManyRequests for a key that asks too often."""
        visitor = await self._visits.enter(request)
        check_scope(visitor.principal, self.scope)
        return visitor


def _may_enter(principal: Principal) -> bool:
    return any(principal.may(scope) for scope in ENTER_WITH)


def same(expected: str, given: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell how far they are."""
    return hmac.compare_digest(expected.encode("utf-8", "replace"), given.encode("utf-8", "replace"))
