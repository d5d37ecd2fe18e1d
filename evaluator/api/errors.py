"""Every error as one JSON shape: ``{"error": {"field", "problem", "remedy"}}``."""

from __future__ import annotations

import math
import re
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from evaluator.core.errors import (
    Conflict,
    FaithlineError,
    Forbidden,
    InvalidInput,
    ModelUnavailable,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from evaluator.core.unknown import EXTRA, first_error, remedy_of, unknown_field
from evaluator.ingest.clean import clip
from evaluator.ingest.errors import TooLarge, TooSlow, UnsupportedMedia

log = structlog.get_logger()

_FOLDERS = re.compile(r"(?<![\w:/])/(?:[^\s/'\"(),:;]+/)+")
"""Of an absolute path, all but its last part: where things lie on this machine is nobody's business elsewhere."""

STATUS: tuple[tuple[type[FaithlineError], int], ...] = (
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (TooSlow, 408),
    (Conflict, 409),
    (TooLarge, 413),
    (UnsupportedMedia, 415),
    (InvalidInput, 422),
    (TooManyRequests, 429),
    (Unavailable, 503),
)


class Problem(BaseModel):
    """What is wrong, with which field, and what to do about it."""

    field: str | None
    problem: str
    remedy: str | None


class ErrorOut(BaseModel):
    error: Problem


DECLARED: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorOut, "description": "The request can not be read"},
    401: {"model": ErrorOut, "description": "No key, or none that is valid"},
    403: {"model": ErrorOut, "description": "The key lacks the scope that is named"},
    404: {"model": ErrorOut, "description": "This project has no such thing"},
    408: {"model": ErrorOut, "description": "The body came too slowly"},
    409: {"model": ErrorOut, "description": "It contradicts what is stored"},
    413: {"model": ErrorOut, "description": "The body is too large"},
    415: {"model": ErrorOut, "description": "Another content type or encoding is needed"},
    422: {"model": ErrorOut, "description": "A field that is named is wrong"},
    429: {"model": ErrorOut, "description": "Too many requests; Retry-After says when to come back"},
    503: {"model": ErrorOut, "description": "Too much is waiting; Retry-After says when to come back"},
}
"""What every route may answer, for the description of the API."""


def body(problem: str, field: str | None = None, remedy: str | None = None) -> dict[str, Any]:
    return {"error": {"field": field, "problem": problem, "remedy": remedy or None}}


def status_of(error: FaithlineError) -> int:
    """The HTTP status of an error of ours."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 400)


def headers_of(error: FaithlineError) -> dict[str, str]:
    """The headers that belong to an error: when to come back, or how to say who one is."""
    if isinstance(error, TooManyRequests | Unavailable):
        return {"Retry-After": str(max(1, math.ceil(error.retry_after)))}
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="faithline"'}
    return {}


def _handle(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, FaithlineError):
        raise error
    match error:
        case InvalidInput():
            content = body(error.problem, error.field, error.remedy)
        case NotFound():
            content = body(f"{error.kind} {error.name!r} not found", None, error.remedy)
        case ModelUnavailable():
            content = body(_FOLDERS.sub("", str(error)))
        case _:
            content = body(str(error))
    return JSONResponse(content, status_of(error), headers=headers_of(error))


def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    first = first_error(error.errors())
    # "query" or "body" alone names no field of the user's.
    path = ".".join(clip(str(part)) for part in first["loc"][1:]) or str(first["loc"][0])
    if first["type"] == EXTRA:
        sent = request.scope["route"].body_field.field_info.annotation
        return JSONResponse(body("is no field", path, unknown_field(sent, first["loc"][1:])), 422)
    return JSONResponse(body(str(first["msg"]).removeprefix("Value error, "), path, remedy_of(first)), 422)


def _http_error(_request: Request, error: Exception) -> JSONResponse:
    """A wrong address or method, in the same shape."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse(body(str(error.detail)), error.status_code, headers=error.headers)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    """A mistake of ours. What it says may quote the request, so only its type is told, and only to the log."""
    log.error("request_failed", method=request.method, error=type(error).__name__, exc_info=error)
    return JSONResponse(body("something went wrong here; the log of the service says what"), 500)


def install(app: FastAPI) -> None:
    """Answer every error, and every request that does not fit a route's schema, in one shape."""
    app.add_exception_handler(FaithlineError, _handle)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)
