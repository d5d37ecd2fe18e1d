"""API keys: made, listed and ended by the admins of a project."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from evaluator.api.routing import resource
from evaluator.api.state import Admin, State
from evaluator.core.access import ApiKey, Scope
from evaluator.pipeline.access import keys as access

router = resource("/api/v1/keys", "keys")


class KeyIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=access.MAX_NAME)
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    expires_in_days: float | None = Field(default=None, gt=0, le=36_500)


class KeyOut(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    valid: bool


class NewKeyOut(KeyOut):
    """A key with its secret, which is shown this once."""

    key: str


def _values(key: ApiKey, now: datetime) -> dict[str, object]:
    same = {name: getattr(key, name) for name in KeyOut.model_fields if name not in ("scopes", "valid")}
    return same | {"scopes": sorted(key.scopes), "valid": key.valid(now)}


@router.post("", status_code=201)
def create_key(state: State, caller: Admin, body: KeyIn) -> NewKeyOut:
    """Make a key for this project. The answer holds the secret; it can not be shown again."""
    services = state.services
    expires_in = None if body.expires_in_days is None else timedelta(days=body.expires_in_days)
    key, secret = access.create_key(
        services.store, caller.project, name=body.name, scopes=body.scopes, clock=services.clock,
        expires_in=expires_in, actor=caller.actor,
    )  # fmt: skip
    return NewKeyOut.model_validate(_values(key, services.clock.now()) | {"key": secret})


@router.get("")
def list_keys(state: State, caller: Admin) -> list[KeyOut]:
    """Every key of this project, newest first, also those that are no longer valid."""
    now = state.services.clock.now()
    with state.places.read(caller.project) as unit:
        return [KeyOut.model_validate(_values(key, now)) for key in unit.of(caller.project).keys.all()]


@router.delete("/{key_id}", status_code=204)
def revoke_key(state: State, caller: Admin, key_id: str) -> None:
    """End a key; it stops working within two seconds in every process."""
    access.revoke_key(state.services.store, caller.project, key_id, state.services.clock, caller.actor)
