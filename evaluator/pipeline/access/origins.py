"""Requests that carry no secret, where a browser would let any page send them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from evaluator.core.errors import Forbidden

READING = ("GET", "HEAD", "OPTIONS")


def refuse_other_sites(method: str, headers: Mapping[str, str]) -> None:
    """A browser lets any page send simple requests to this machine: without a key those of our own pages count.

    Raises:
        Forbidden: the request changes something, and the browser says that another site sent it.
    """
    if method in READING:
        return
    site = headers.get("sec-fetch-site", "none")
    origin = headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != headers.get("host")
    if site not in ("none", "same-origin") or foreign:
        raise Forbidden("a web page elsewhere sent this, and it carries no key. Send it with a key, or from no page")
