"""The sign-in page, and signing out."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from evaluator.core.access import Scope
from evaluator.core.errors import TooManyRequests
from evaluator.web.forms import STALE, read_form
from evaluator.web.rendering import page
from evaluator.web.sessions import COOKIE, LASTS, Visits, same

FORM_COOKIE = "faithline_form"
"""Holds what the sign-in form must send along, so that no other site can sign a browser in."""
UNKNOWN = "This key is not known, has ended, or has neither the scope “read” nor “review”."
TOO_MANY = "Too many keys were tried. Please wait a moment and try again."


class Signing:
    """The handlers of /sign-in and /sign-out."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    def form(self, request: Request) -> Response:
        """The form that takes a key."""
        return _form(request, target(request.query_params.get("next", "/")))

    async def sign_in(self, request: Request) -> Response:
        """Take a key; go on to the page that was asked for."""
        sent = await read_form(request)
        following = target(sent.get("next", "/"))
        nonce = request.cookies.get(FORM_COOKIE, "")
        if not nonce or not same(nonce, sent.get("csrf", "")):
            return _form(request, following, STALE, 403)
        host = request.client and request.client.host
        try:
            begun = await run_in_threadpool(self._visits.begin, sent.get("key", ""), host)
        except TooManyRequests as error:
            return _form(request, following, TOO_MANY, 429, {"Retry-After": str(math.ceil(error.retry_after))})
        if begun is None:
            return _form(request, following, UNKNOWN, 401)
        token, principal = begun
        if following == "/" and not principal.may(Scope.READ):
            following = "/review"  # the page that whoever only labels may see
        response = RedirectResponse(following, 303)
        _set(response, request, COOKIE, token)
        response.delete_cookie(FORM_COOKIE)
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the sign-in. Asked for by another site, or with an old form, it changes nothing."""
        sent = await read_form(request)
        visitor = await run_in_threadpool(self._visits.read, request.cookies)
        response = RedirectResponse("/sign-in", 303)
        if visitor is not None and not same(visitor.csrf, sent.get("csrf", "")):
            return _form(request, "/", STALE, 403)
        if visitor is not None:
            await run_in_threadpool(self._visits.end, visitor)
        response.delete_cookie(COOKIE)
        return response


def to_sign_in(request: Request, _error: Exception) -> Response:
    """Where somebody is sent who has not signed in; a part of an open page tells the page to go there."""
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method != "GET":  # a form that was sent has no page of its own
        asked = "/"
    return RedirectResponse(f"/sign-in?next={quote(target(asked), safe='')}", 303)


def target(address: str) -> str:
    """An address of this site to go on to; the overview for every other one."""
    try:
        parts = urlsplit(address if address.isprintable() and "\\" not in address else "/")
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//"):
        return "/"
    return (parts.path + (f"?{parts.query}" if parts.query else ""))[:2000]


def _form(
    request: Request, following: str, problem: str = "", code: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    nonce = secrets.token_urlsafe(24)
    response = page(request, "sign_in.html", code, title="Sign in", following=following, problem=problem, nonce=nonce)
    response.headers.update(headers or {})
    _set(response, request, FORM_COOKIE, nonce)
    return response


def _set(response: Response, request: Request, name: str, value: str) -> None:
    age = int(LASTS.total_seconds())
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=age, httponly=True, samesite="strict", secure=secure)
