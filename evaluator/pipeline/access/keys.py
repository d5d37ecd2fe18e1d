"""Keys and projects: made and ended."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from evaluator.core.access import LOCAL, ApiKey, Scope, new_secret, secret_hash
from evaluator.core.errors import Conflict, InvalidInput, NotFound
from evaluator.core.ids import DEFAULT_PROJECT, random_id
from evaluator.core.names import check_name
from evaluator.core.ports import Clock
from evaluator.core.unknown import instead
from evaluator.store.store import Store, Unit

MIN_BOOTSTRAP = 32
BOOTSTRAP = "bootstrap"
MAX_NAME = 100
SECRET = re.compile(r"[!-~]{20,512}")
"""What may be the secret of a key."""


def create_project(store: Store, project: str, clock: Clock, actor: str = LOCAL) -> None:
    """Make a project.

    Raises:
        InvalidInput: a name that can not be one.
        Conflict: there is one of this name.
    """
    check_name("project", project, "a project")
    now = clock.now()
    with store.write() as unit:
        if project in unit.projects.all():
            raise Conflict(f"there is a project {project!r} already")
        unit.projects.ensure(project, now)
        unit.of(project).audit.record(actor, "project.create", project, now)


def enter_project(unit: Unit, project: str, now: datetime) -> str:
    """The secret of a project; the default one is made where nothing has arrived yet.

    Raises:
        NotFound: there is no such project.
    """
    check_project(unit, project)
    return unit.projects.ensure(project, now)


def check_project(unit: Unit, project: str) -> None:
    """Raises NotFound where there is no such project. The default one counts as there before anything has arrived."""
    if project == DEFAULT_PROJECT:
        return
    known = {DEFAULT_PROJECT, *unit.projects.all()}
    if project not in known:
        remedy = f"{instead(project, known, '')}, or make it with `faithline projects create`"
        raise NotFound("project", project, remedy)


def create_key(
    store: Store,
    project: str,
    *,
    name: str,
    scopes: Collection[Scope],
    clock: Clock,
    expires_in: timedelta | None = None,
    actor: str = LOCAL,
) -> tuple[ApiKey, str]:
    """Make a key; returns it with its secret, which is not kept and can not be shown again.

    Raises:
        InvalidInput: no name, no scope, or an expiry that is not ahead.
        NotFound: there is no such project.
    """
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidInput("name", f"must have 1 to {MAX_NAME} printable characters", "Say what the key is for")
    if not scopes:
        raise InvalidInput("scopes", "are missing", f"Give one or more of {', '.join(Scope)}")
    now = clock.now()
    secret = new_secret()
    key = ApiKey(
        project=project, id=random_id("key_"), name=name.strip(), hash=secret_hash(secret), scopes=frozenset(scopes),
        created_at=now, created_by=actor, expires_at=_expiry(now, expires_in),
    )  # fmt: skip
    with store.write() as unit:
        enter_project(unit, project, now)
        unit.of(project).keys.put(key)
        _audit_key(unit.of(project).audit.record, actor, key, now)
    return key, secret


def _expiry(now: datetime, expires_in: timedelta | None) -> datetime | None:
    if expires_in is None:
        return None
    if expires_in <= timedelta(0) or expires_in > timedelta(days=36_500):
        raise InvalidInput("expires", "must lie between now and a hundred years ahead", "Give a time like 90d")
    return now + expires_in


def _audit_key(record: Callable[..., None], actor: str, key: ApiKey, now: datetime) -> None:
    expires = key.expires_at.isoformat() if key.expires_at else None
    record(actor, "key.create", key.id, now, name=key.name, scopes=sorted(key.scopes), expires_at=expires)


def revoke_key(store: Store, project: str, key: str, clock: Clock, actor: str = LOCAL) -> None:
    """End a key at once. Raises NotFound where this project has no such key that still works."""
    now = clock.now()
    with store.write() as unit:
        if not unit.of(project).keys.revoke(key, now):
            raise NotFound("key", key, "List what there is with `faithline keys list`")
        unit.of(project).audit.record(actor, "key.revoke", key, now)


def ensure_bootstrap_key(store: Store, secret: str, clock: Clock) -> None:
    """Store `secret` as the admin key of the default project, in the place of the one that was given before.

    One that is stored already stays as it is, so that revoking it holds over a restart.

    Raises:
        InvalidInput: it is too short to be a secret.
    """
    if len(secret) < MIN_BOOTSTRAP or not SECRET.fullmatch(secret):
        remedy = "Make one with `openssl rand -hex 32`"
        raise InvalidInput("FAITHLINE_BOOTSTRAP_KEY", f"needs {MIN_BOOTSTRAP} to 512 characters, no blanks", remedy)
    now = clock.now()
    key = ApiKey(
        project=DEFAULT_PROJECT, id=BOOTSTRAP, name="FAITHLINE_BOOTSTRAP_KEY", hash=secret_hash(secret),
        scopes=frozenset({Scope.ADMIN}), created_at=now, created_by=LOCAL,
    )  # fmt: skip
    with store.write() as unit:
        if unit.key_ring.find(key.hash) is not None:
            return
        unit.projects.ensure(DEFAULT_PROJECT, now)
        unit.of(DEFAULT_PROJECT).keys.put(key)
        _audit_key(unit.of(DEFAULT_PROJECT).audit.record, LOCAL, key, now)
