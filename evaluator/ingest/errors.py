"""What the door answers besides `InvalidInput` (HTTP 400)."""

from __future__ import annotations

from evaluator.core.errors import FaithlineError


class UnsupportedMedia(FaithlineError):
    """A content type or content encoding that is not spoken here (HTTP 415)."""


class TooLarge(FaithlineError):
    """A body that is longer than the limit, before or after decompression (HTTP 413). Sending it again is no help."""


class TooSlow(FaithlineError):
    """A body that does not come at the least speed that is waited for (HTTP 408)."""
