"""Forms that pages send: small, in time, and only those of our own pages."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request

from evaluator.core.errors import Forbidden, InvalidInput
from evaluator.ingest.clean import clean_text
from evaluator.pipeline.access.origins import refuse_other_sites
from evaluator.web.sessions import Visitor, same

MAX_FORM = 8192
MAX_TEXT = 2 * 2**20
"""Bytes of a form that holds a text: three for each of most characters, as forms write them."""
FIELDS = 20
PATIENCE = 10.0
STALE = "The form was too old. Please try again."


async def read_form(request: Request, most: int = MAX_FORM) -> dict[str, str]:
    """The fields of a form of up to `most` bytes; none of one that is too large, too slow or no form."""
    data = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                data += chunk
                if len(data) > most:
                    return {}
    except (TimeoutError, ClientDisconnect):
        return {}
    try:
        fields = parse_qs(data.decode("utf-8", "replace"), max_num_fields=FIELDS)
    except ValueError:  # more fields than that
        return {}
    # Browsers send line ends as CRLF, whatever was typed or shown; NUL comes only from whoever is none.
    return {name: clean_text(values[0]).replace("\r\n", "\n") for name, values in fields.items()}


async def own_form(request: Request, most: int = MAX_TEXT) -> dict[str, str]:
    """The fields of a form that changes something, sent by a page of ours for whoever looks at it.

    Raises:
        InvalidInput: it is too large, came too slowly, or is no form.
        Forbidden: another site sent it, or it was made for another sign-in.
    """
    visitor: Visitor = request.state.visitor
    refuse_other_sites(request.method, request.headers)
    sent = await read_form(request, most)
    if not sent:
        raise InvalidInput(
            "form", "is empty, too large or came too slowly", "Shorten what you typed, and send it again"
        )
    if visitor.signed_in and not same(visitor.csrf, sent.get("csrf", "")):
        raise Forbidden(STALE.rstrip("."))
    return sent
