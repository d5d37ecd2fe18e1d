"""The deletion of everything that is kept of one user."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel

from evaluator.api.routing import resource
from evaluator.api.state import Admin, State
from evaluator.pipeline.retention.erase import erase_user

router = resource("/api/v1/users", "users")

MAX_SECONDS = 30.0
"""A request deletes for so long at most; the rest is left for the next one."""


class ErasedOut(BaseModel):
    """How many rows went, by what they held, and whether nothing is left to delete; `failed` are traces that could
    not be deleted, or not be read to see whose they are, and why. `examples` are versions of rubrics (NAME@VERSION)
    that hold one of the answers that this request deleted, and show it to judges where a rule uses them."""

    user: str
    complete: bool
    deleted: dict[str, int]
    failed: dict[str, str]
    examples: list[str]


@router.delete("/{user:path}")
def delete_user(state: State, caller: Admin, user: Annotated[str, Path(max_length=1000)]) -> ErasedOut:
    """Delete every trace of a user, named as the application did or by the pseudonym that the pages show.

    Deletes for half a minute at most: send it again until `complete` is true, or only `failed` is left. What
    arrives for the same user later is new data.
    """
    services = state.services
    with state.places.take(caller.project):
        found = erase_user(
            services.store, caller.project, user, services.clock, seconds=MAX_SECONDS, actor=caller.actor
        )
    return ErasedOut(
        user=found.user, complete=found.complete, deleted=found.deleted, failed=found.failed,
        examples=sorted(found.examples),
    )  # fmt: skip
