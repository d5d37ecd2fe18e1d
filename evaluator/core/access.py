"""Who may do what: keys, the scopes that they carry, and whoever speaks with one."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from evaluator.core.errors import Forbidden
from evaluator.core.ids import DEFAULT_PROJECT

PREFIX = "fl_"
"""Every key that is made here begins so: scanners for leaked secrets can look for it."""
SECRET_BYTES = 32
LOCAL = "local"
"""The actor that stands for somebody at the machine itself, who needs no key."""


class Scope(StrEnum):
    """What a key allows, within its project."""

    INGEST = "ingest"
    """Send traces, scores and feedback."""
    READ = "read"
    """See traces, rates and what is registered."""
    REVIEW = "review"
    """Give verdicts on samples."""
    ADMIN = "admin"
    """Everything: rules, criteria, rubrics, golden sets, keys, the audit log, the deletion of a user's data."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever makes a request: the project that it speaks for, and what it may do there.

    `actor` goes into the audit log: the id of a key, or `LOCAL`.
    """

    project: str
    actor: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Whether `scope` is among the scopes; admin stands for all of them."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


def check_scope(caller: Principal, scope: Scope) -> None:
    """Raises Forbidden for a caller without this scope."""
    if not caller.may(scope):
        has = ", ".join(sorted(caller.scopes))
        raise Forbidden(
            f"this needs a key with the scope {scope.value!r}, and this one has {has}. "
            f"Make one with `faithline keys create --scope {scope.value}`"
        )


NOBODY_ELSE = Principal(DEFAULT_PROJECT, LOCAL, frozenset(Scope))
"""Whoever reaches a service that asks for no keys: the machine's own user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is stored: `hash` is the SHA-256 of the secret, which nobody can show again."""

    project: str
    id: str
    name: str
    hash: str
    scopes: frozenset[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def principal(self) -> Principal:
        return Principal(self.project, self.id, self.scopes)


def new_secret() -> str:
    """A fresh key: the prefix and 256 random bits in base64url (43 characters)."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def secret_hash(secret: str) -> str:
    """What is stored of a key. A plain hash is enough: 256 random bits can not be guessed.

    Looking a hash up takes a time that says nothing of the secret, so there is nothing to compare in constant time.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=512)
def network_of(host: str | None) -> str:
    """Whom an address stands for: itself, or the 64 bits of an IPv6 address that one household is given."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return host or "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"
