"""Who labels: the name of the key, or one that is kept in the browser where no keys are asked for."""

from __future__ import annotations

from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from evaluator.core.access import LOCAL
from evaluator.core.errors import InvalidInput
from evaluator.pipeline.review.serve import check_annotator
from evaluator.web.sessions import Visitor

COOKIE = "faithline_annotator"
LASTS_SECONDS = 365 * 24 * 3600


def annotator_of(request: Request) -> str:
    """The annotator that whoever looks at a page speaks as."""
    visitor: Visitor = request.state.visitor
    if visitor.signed_in:
        return visitor.name
    try:
        return check_annotator(unquote(request.cookies.get(COOKIE, LOCAL)))
    except InvalidInput:  # nothing that we wrote
        return LOCAL


def remember(response: Response, name: str) -> None:
    """Have the browser keep a name. Raises InvalidInput for one that nobody can be called by."""
    value = quote(check_annotator(name), safe="")
    response.set_cookie(COOKIE, value, max_age=LASTS_SECONDS, httponly=True, samesite="strict")
