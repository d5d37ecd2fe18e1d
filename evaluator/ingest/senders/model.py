"""What an entry of the table of senders holds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""Also a label of metrics, and what the trace's row holds: it must not change."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
Ending = Annotated[Text, StringConstraints(pattern=r"^[a-z].*[^.\s]$")]
"""The end of a sentence, without its full stop."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Known(_Entry):
    """By what a sender is recognised; what each means is said at the top of the table."""

    names: tuple[Text, ...] = ()
    scopes: tuple[Text, ...] = ()
    attributes: tuple[Text, ...] = ()
    events: tuple[Text, ...] = ()
    resource: dict[Text, Text] = Field(default_factory=dict)


class Seen(_Entry):
    """The version that the entry speaks of, and how it is known."""

    version: Text | None
    how: Literal["recorded", "documented"]


class Sender(_Entry):
    """One sender of traces. `contents` is the remedy where its traces come without contents."""

    id: Id
    title: Text
    through: Id | None = None
    known: Known
    writes: tuple[Text, ...] = Field(min_length=1)
    conventions: tuple[Text, ...] = Field(min_length=1)
    contents: Ending
    setup: Text
    seen: Seen = Seen(version=None, how="documented")
