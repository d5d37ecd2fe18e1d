"""What may be the name of something that is registered: the same for whoever registers it, from wherever."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from evaluator.core.errors import InvalidInput

NAME = r"[a-z0-9][a-z0-9_.-]{0,63}"
PATTERN = f"^{NAME}$"
Name = Annotated[str, Field(pattern=PATTERN)]
NAMED = "Use up to 64 small letters, digits, dots, dashes and underscores, a letter or digit first"
"""The remedy for what is no name."""
_NAME = re.compile(NAME)


def check_name(field: str, name: str, what: str) -> str:
    """`name`, where it can be that of `what` (``a project``). Raises InvalidInput."""
    if _NAME.fullmatch(name) is None:
        raise InvalidInput(field, f"{name[:80]!r} is no name for {what}", NAMED)
    return name
