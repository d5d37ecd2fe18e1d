"""Every error as one JSON shape: ``{"error": {"field", "problem", "remedy"}}``."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from evaluator.core.errors import Conflict, FaithlineError, InvalidInput, NotFound, Unavailable
from evaluator.ingest.errors import TooLarge, TooSlow, UnsupportedMedia


def body(problem: str, field: str | None = None, remedy: str | None = None) -> dict[str, Any]:
    return {"error": {"field": field, "problem": problem, "remedy": remedy or None}}


def _handle(_request: Request, error: Exception) -> JSONResponse:
    match error:
        case InvalidInput():
            return JSONResponse(body(error.problem, error.field, error.remedy), 422)
        case NotFound():
            return JSONResponse(body(f"{error.kind} {error.name!r} not found", None, error.remedy), 404)
        case Conflict():
            return JSONResponse(body(str(error)), 409)
        case TooLarge():
            return JSONResponse(body(str(error)), 413)
        case UnsupportedMedia():
            return JSONResponse(body(str(error)), 415)
        case TooSlow():
            return JSONResponse(body(str(error)), 408)
        case Unavailable():
            headers = {"Retry-After": str(max(1, round(error.retry_after)))}
            return JSONResponse(body(str(error)), 503, headers=headers)
    return JSONResponse(body(str(error)), 400)


def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    # "query" or "body" alone names no field of the user's.
    path = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return JSONResponse(body(str(first["msg"]).removeprefix("Value error, "), path), 422)


def install(app: FastAPI) -> None:
    """Answer every error of ours, and every request that does not fit a route's schema, in one shape."""
    app.add_exception_handler(FaithlineError, _handle)
    app.add_exception_handler(RequestValidationError, _invalid_request)
