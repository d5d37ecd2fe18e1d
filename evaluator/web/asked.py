"""What an address asks of a page that the page does not have.

A page is shown all the same, and says above what it passed over: a link that somebody got, with marks of a campaign
or a filter of another version, leads on, and nobody takes the page for what it is not.
"""

from __future__ import annotations

from starlette.requests import Request

from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.unknown import wrong_parameters
from evaluator.ingest.clean import clean_text

TRACKING = ("utm_", "mc_", "hsa_", "_ga", "fbclid", "gclid", "dclid", "msclkid")
"""How the parameters begin that others add to links in order to count clicks. They ask nothing of a page."""
SHOWN = 5
"""Remarks above a page."""


class Asked:
    """A dependency of every page: notes the parameters that are not among `known`. A `part` of a page, which only
    scripts ask for, refuses them. An address that names what no database could look up leads nowhere."""

    def __init__(self, *known: str, part: bool = False) -> None:
        self._known, self._part = known, part

    async def __call__(self, request: Request) -> None:
        """Raises InvalidInput where a part of a page was asked for something that it does not have, NotFound where
        nothing can be at the address."""
        for name, value in request.path_params.items():
            if clean_text(value) != value:
                raise NotFound(name.replace("_", " "), clean_text(value), "Leave out what can not be stored (NUL)")
        asked = [name for name, _ in request.query_params.multi_items() if not name.startswith(TRACKING)]
        for error in wrong_parameters(asked, self._known, "this page"):
            if self._part:
                raise error
            pass_over(request, error)


def pass_over(request: Request, error: InvalidInput) -> None:
    """Have the page say that something which its address asks for was passed over, and why."""
    said = passed_over(request)
    if len(said) < SHOWN:
        said.append(str(error))


def passed_over(request: Request) -> list[str]:
    """What the page has to say of what it passed over."""
    if not hasattr(request.state, "passed_over"):
        request.state.passed_over = []
    found: list[str] = request.state.passed_over
    return found
