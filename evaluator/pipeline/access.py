"""Keys and projects: made, ended, and asked at the door."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import structlog

from evaluator.core.access import LOCAL, ApiKey, Principal, Scope, new_secret, secret_hash
from evaluator.core.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from evaluator.core.ids import DEFAULT_PROJECT, random_id
from evaluator.core.ports import Clock, Limiter
from evaluator.store.store import Store, Unit

log = structlog.get_logger()

REMEMBERED_SECONDS = 2.0
"""How long a process may go on believing what it read of a key; a key that was revoked works no longer than that."""
MAX_REMEMBERED = 4096
USES_EVERY_SECONDS = 60.0
MIN_BOOTSTRAP = 32
BOOTSTRAP = "bootstrap"
MAX_NAME = 100
BURST_SECONDS = 2.0
"""A key may make the requests of so many seconds at once."""
_SECRET = re.compile(r"[!-~]{20,512}")
_PROJECT = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


def create_project(store: Store, project: str, clock: Clock, actor: str = LOCAL) -> None:
    """Make a project.

    Raises:
        InvalidInput: a name that can not be one.
        Conflict: there is one of this name.
    """
    if not _PROJECT.fullmatch(project):
        remedy = "Use up to 64 small letters, digits, dots, dashes and underscores, a letter or digit first"
        raise InvalidInput("project", f"{project[:80]!r} is no name for a project", remedy)
    now = clock.now()
    with store.write() as unit:
        if project in unit.projects.all():
            raise Conflict(f"there is a project {project!r} already")
        unit.projects.ensure(project, now)
        unit.of(project).audit.record(actor, "project.create", project, now)


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
        if project == DEFAULT_PROJECT:
            unit.projects.ensure(project, now)
        elif project not in unit.projects.all():
            raise NotFound("project", project, "Make it with `faithline projects create`")
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
    if len(secret) < MIN_BOOTSTRAP or not _SECRET.fullmatch(secret):
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


class Gate:
    """Tells who speaks, by the key that came with a request, and how often that key may. Thread-safe.

    What it read of a key is believed for `REMEMBERED_SECONDS`; when keys were used last is written once a minute,
    by a thread of its own, so that no request waits for it.
    """

    def __init__(self, store: Store, clock: Clock, limiter: Limiter, rate: float) -> None:
        self._store, self._clock, self._limiter, self._rate = store, clock, limiter, rate
        self._known: OrderedDict[str, tuple[float, ApiKey | None]] = OrderedDict()
        self._used: dict[tuple[str, str], datetime] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write down when keys were used."""
        self._closed.clear()
        self._thread = threading.Thread(target=self._note_uses, name="key-uses", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write down what is left of it, and end."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(timeout=60)

    def key(self, secret: str) -> ApiKey | None:
        """The valid key with this secret; None for everything else."""
        if not _SECRET.fullmatch(secret):
            return None
        hashed = secret_hash(secret)
        return self._valid(hashed, lambda unit: unit.key_ring.find(hashed))

    def named(self, project: str, key: str) -> ApiKey | None:
        """The valid key of this id; None where there is none."""
        return self._valid(f"{project} {key}", lambda unit: unit.of(project).keys.get(key))

    def admit(self, key: ApiKey) -> Principal:
        """Let a request with `key` pass.

        Raises:
            TooManyRequests: the key has used up its rate.
        """
        if self._rate:
            wait = self._limiter.take(f"key:{key.hash[:32]}", 1, self._rate, max(1.0, self._rate * BURST_SECONDS))
            if wait > 0:
                raise TooManyRequests(f"this key may make {self._rate:g} requests a second", wait)
        with self._lock:
            self._used[key.project, key.id] = self._clock.now()
        return key.principal

    def _valid(self, name: str, read: Callable[[Unit], ApiKey | None]) -> ApiKey | None:
        """The key that is remembered under `name`, else read anew, unless it is not valid now."""
        now = time.monotonic()
        with self._lock:
            remembered = self._known.get(name)
        if remembered is not None and now - remembered[0] < REMEMBERED_SECONDS:
            key = remembered[1]
        else:
            with self._store.read() as unit:
                key = read(unit)
            self._remember(name, now, key)
        return key if key is not None and key.valid(self._clock.now()) else None

    def _remember(self, name: str, now: float, key: ApiKey | None) -> None:
        with self._lock:
            self._known[name] = (now, key)
            self._known.move_to_end(name)
            if len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)

    def _note_uses(self) -> None:
        ended = False
        while not ended:
            ended = self._closed.wait(USES_EVERY_SECONDS)
            self.note_uses()

    def note_uses(self) -> None:
        """Write down when keys were used last."""
        with self._lock:
            uses, self._used = self._used, {}
        if not uses:
            return
        try:
            with self._store.write() as unit:
                unit.key_ring.used(uses)
        except Exception as error:  # noqa: BLE001 - it is a convenience, and must not end the thread
            log.warning("key_uses_not_noted", error=type(error).__name__)
