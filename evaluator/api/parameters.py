"""Parameters that a route does not have: refused, because an answer that passes over them shows something else than
was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute

from evaluator.core.unknown import wrong_parameters


async def check_parameters(request: Request) -> None:
    """A dependency of every route: what its handler and its dependencies declare is all that it may be asked.

    Raises:
        InvalidInput: another parameter, or one twice.
    """
    asked = [name for name, _ in request.query_params.multi_items()]
    if not asked:
        return
    route: APIRoute = request.scope["route"]
    for error in wrong_parameters(asked, set(_declared(route.dependant)), "this address"):
        raise error


def _declared(dependant: Any) -> Iterator[str]:
    """The names of all query parameters of a route."""
    yield from (parameter.alias for parameter in dependant.query_params)
    for below in dependant.dependencies:
        yield from _declared(below)
