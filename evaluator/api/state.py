"""What routes share, how they reach it, and what each of them asks of its caller."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from evaluator.bootstrap import Services
from evaluator.core.access import NOBODY_ELSE, Principal, Scope, check_scope
from evaluator.core.errors import Unauthenticated
from evaluator.pipeline.access.authenticator import Authenticator
from evaluator.pipeline.access.origins import refuse_other_sites
from evaluator.pipeline.access.places import Places
from evaluator.pipeline.access.user_keys import UserKeys
from evaluator.pipeline.stages.ingest import Intake


@dataclass(frozen=True, slots=True)
class AppState:
    """The services of this process, its group-committing writer, whoever looks at keys, places for requests, and the
    names that projects have for their users' ids."""

    services: Services
    intake: Intake
    authenticator: Authenticator
    places: Places
    user_keys: UserKeys


def app_state(request: Request) -> AppState:
    state: AppState = request.app.state.faithline
    return state


async def _app_state(request: Request) -> AppState:
    return app_state(request)  # a dependency that is no coroutine costs a thread a request


class Needs:
    """A dependency: whoever makes the request, who must have `scope`.

    The project of a request comes from its key and from nothing else. Without a key it is the default project's, and
    only where the service asks for none.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Principal:
        """Raises Unauthenticated, Forbidden or TooManyRequests."""
        caller: Principal | None = getattr(request.state, "caller", None)
        if caller is None:
            caller = request.state.caller = await identify(request)
        check_scope(caller, self.scope)
        return caller


async def identify(request: Request) -> Principal:
    """Who makes a request, by the one key that came with it."""
    secrets = secrets_of(request.headers.getlist("authorization"), request.headers.getlist("x-api-key"))
    caller = await identify_by(app_state(request), secrets, request.client and request.client.host)
    if caller is NOBODY_ELSE:
        refuse_other_sites(request.method, request.headers)
    return caller


async def identify_by(state: AppState, secrets: list[str], host: str | None) -> Principal:
    """Who speaks from the address `host`, by what may be the key that came.

    Raises:
        Unauthenticated: none of `secrets` is a key, or there is none where one is needed.
        TooManyRequests: too many unknown keys came before, or the key has used up its rate.
    """
    if secrets:
        return await run_in_threadpool(_admit, state.authenticator, secrets, host)
    if state.services.settings.require_keys:
        raise Unauthenticated("this service needs a key: send it as `Authorization: Bearer KEY`")
    return NOBODY_ELSE


def _admit(authenticator: Authenticator, secrets: list[str], host: str | None) -> Principal:
    return authenticator.admit(authenticator.enter(secrets, host))


def secrets_of(given: Sequence[str], named: Sequence[str]) -> list[str]:
    """What may be the key among headers: a bearer token or either half of basic authentication in ``authorization``
    (`given`), or ``x-api-key`` (`named`).

    Raises:
        Unauthenticated: more than one was sent, or none that can be read.
    """
    if len(given) + len(named) > 1:
        raise Unauthenticated("more than one key was sent. Send one header with one key")
    if named:
        return [named[0].strip()]
    if not given:
        return []
    scheme, _, value = given[0].strip().partition(" ")
    match scheme.lower():
        case "bearer":
            return [value.strip()]
        case "basic":
            return _basic(value.strip())
    raise Unauthenticated("this way to authenticate is not known. Send `Authorization: Bearer KEY`")


def _basic(value: str) -> list[str]:
    try:
        user, _, password = b64decode(value, validate=True).decode().partition(":")
    except (NotBase64, ValueError):
        raise Unauthenticated("the basic authentication can not be read. Send `Authorization: Bearer KEY`") from None
    return [secret for secret in (password, user) if secret]


State = Annotated[AppState, Depends(_app_state)]
Ingest = Annotated[Principal, Depends(Needs(Scope.INGEST))]
Read = Annotated[Principal, Depends(Needs(Scope.READ))]
Review = Annotated[Principal, Depends(Needs(Scope.REVIEW))]
Admin = Annotated[Principal, Depends(Needs(Scope.ADMIN))]
