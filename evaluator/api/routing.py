"""How routes of the API are made: each says which scope it needs, and bodies are read only after that was seen to."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, MutableMapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.convertors import StringConvertor, register_url_convertor

from evaluator.api.bodies import body_of
from evaluator.api.errors import DECLARED
from evaluator.api.state import Needs, app_state
from evaluator.core.errors import InvalidInput
from evaluator.ingest.clean import clean_text, load_json
from evaluator.ingest.errors import UnsupportedMedia
from evaluator.pipeline.catalog.documents import check_document

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

MAX_PARAMETERS = 100
MAX_PARAMETER = 4096
"""Characters of one parameter of an address."""


class _Id(StringConvertor):
    """An id may hold slashes. It is never empty: an address with a slash too many still leads to the list."""

    regex = ".+"


register_url_convertor("id", _Id())


class Route(APIRoute):
    """A route that lets its caller in, then looks at the address, then reads a JSON body within limits."""

    @property
    def needs(self) -> Needs:
        """What the route asks of its caller. Raises TypeError for one that asks nothing: there is no such route."""
        for dependency in self.dependant.dependencies:
            if isinstance(dependency.call, Needs):
                return dependency.call
        raise TypeError(f"{self.path} does not say which scope it needs: take Ingest, Read, Review or Admin")

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()
        needs, reads_json = self.needs, self.body_field is not None

        async def handle(request: Request) -> Response:
            await needs(request)
            check_address(request)
            if reads_json:
                request = await _with_json(request)
            return await inner(request)

        return handle


def resource(prefix: str, tag: str, route: type[Route] = Route) -> APIRouter:
    """A router for one kind of thing, with the errors that every route may answer."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=route, responses=DECLARED)


def check_address(request: Request) -> None:
    """Refuse what no database could look up.

    Raises:
        InvalidInput: NUL or half of a surrogate pair, or too many or too long parameters.
    """
    parameters = [*request.path_params.items(), *request.query_params.multi_items()]
    if len(parameters) > MAX_PARAMETERS:
        raise InvalidInput("query", f"has more than {MAX_PARAMETERS} parameters", "Ask for less at a time")
    for name, value in parameters:
        _check_parameter(name, str(value))


def _check_parameter(name: str, value: str) -> None:
    if len(value) > MAX_PARAMETER or len(name) > MAX_PARAMETER:
        raise InvalidInput(clean_text(name)[:80], f"is longer than {MAX_PARAMETER} characters", "Shorten it")
    if clean_text(name) != name or clean_text(value) != value:
        raise InvalidInput(clean_text(name), "holds a character that can not be stored (NUL)", "Leave it out")


def read_json(data: bytes) -> Any:
    """A JSON body that both databases can store as it is.

    What is registered is named by the hash of its content, so nothing in it is replaced, as it is in traces.

    Raises:
        InvalidInput: not JSON, nested too deep, or text or a number that can not be stored.
    """
    value = load_json(data)
    check_document(value, "body")
    return value


async def _with_json(request: Request) -> Request:
    """A request whose JSON body has been read: within its limit, of the right type and fit to be stored."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMedia("the body must be JSON. Send it with `Content-Type: application/json`")
    state = app_state(request)
    limit = state.services.settings.max_body_bytes
    async with body_of(request, limit, state.intake.room) as data:
        return _Read(request.scope, data, await run_in_threadpool(read_json, data))


class _Read(Request):
    """A request with its body at hand."""

    def __init__(self, scope: MutableMapping[str, Any], data: bytes, value: Any) -> None:
        super().__init__(scope)
        self._data, self._value = data, value

    async def body(self) -> bytes:
        return self._data

    async def json(self) -> Any:
        return self._value
