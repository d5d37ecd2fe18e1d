"""How people are called in the store: by pseudonyms that only the project's secret leads to.

Ingest makes a pseudonym of a user's id at the door, without a database: a hash of the project and the id, which
whoever knows the id could make as well. The store keeps that pseudonym *sealed* with the project's secret: a
permutation of all pseudonyms that depends on the secret. It can be undone with the secret, as an HMAC could not, for
one reason: the key of a cluster is a hash of what ingest made, and has to stay so. Stored rates hold the sums of
clusters under these keys, and above 1024 of them those of groups that the keys decide; with other keys, a user whose
traces are stored would become a second one. Keys never leave the database, which holds the secret as well.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from evaluator.core.ids import pseudonym

PSEUDONYM = re.compile(r"[0-9a-f]{16}")
USER_KEYS = ("user.id", "enduser.id", "langfuse.user.id", "traceloop.association.properties.user_id")
"""Keys that name a person, in attributes (of spans, events, resources and scopes) and in a trace's metadata: their
values never reach the store, only their pseudonyms do. Nobody looks for them within a text or a nested value."""
_USER = "user"
_ATTRIBUTES = ("attributes", "resource", "metadata", "body")
_NESTED = ("spans", "events")
_ROUNDS = 10
"""As many as NIST's FF1 has (SP 800-38G); four would make a permutation that looks like any other (Luby, Rackoff)."""


@lru_cache(maxsize=65_536)
def sealed(secret: str, name: str) -> str:
    """The stored form of a pseudonym. Raises ValueError for what is none."""
    if PSEUDONYM.fullmatch(name) is None:
        raise ValueError("this is no pseudonym")
    return _permuted(secret, name, range(_ROUNDS))


@lru_cache(maxsize=65_536)
def unsealed(secret: str, name: str) -> str:
    """The pseudonym whose stored form is `name`; what can be none, as it is."""
    if PSEUDONYM.fullmatch(name) is None:
        return name
    back = _permuted(secret, name[8:] + name[:8], range(_ROUNDS - 1, -1, -1))
    return back[8:] + back[:8]


def _permuted(secret: str, name: str, rounds: range) -> str:
    """A Feistel network over the two halves of 64 bits."""
    left, right = int(name[:8], 16), int(name[8:], 16)
    key = secret.encode()
    for number in rounds:
        mixed = hashlib.blake2b(bytes((number,)) + right.to_bytes(4, "big"), key=key, digest_size=4)
        left, right = right, left ^ int.from_bytes(mixed.digest(), "big")
    return f"{left:08x}{right:08x}"


def stored_name(project: str, secret: str, user: str) -> str:
    """The stored form of a user as their application names them."""
    return sealed(secret, pseudonym(project, user))


def hide_users(attributes: dict[str, Any], project: str) -> dict[str, Any]:
    """The attributes with every user id replaced by its pseudonym; an empty id is left out."""
    if attributes.keys().isdisjoint(USER_KEYS):
        return attributes
    out = dict(attributes)
    for key in USER_KEYS:
        if key in out:
            raw = str(out.pop(key) or "")
            out |= {key: pseudonym(project, raw)} if raw else {}
    return out


def seal_users(project: str, secret: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body of a part with the users in it, whom ingest made pseudonyms, sealed."""
    changed: dict[str, Any] = {}
    if name := body.get(_USER):
        changed[_USER] = _sealed(project, secret, name)
    for place in _ATTRIBUTES:
        found = body.get(place)
        if isinstance(found, dict) and not found.keys().isdisjoint(USER_KEYS):
            named = (key for key in USER_KEYS if key in found)
            changed[place] = found | {key: _sealed(project, secret, found[key]) for key in named}
    if (scope := body.get("scope")) and "attributes" in scope:
        changed["scope"] = seal_users(project, secret, scope)
    for place in _NESTED:
        if items := body.get(place):
            changed[place] = [seal_users(project, secret, item) for item in items]
    return {**body, **changed} if changed else body


def _sealed(project: str, secret: str, name: Any) -> str:
    is_one = isinstance(name, str) and PSEUDONYM.fullmatch(name)
    return sealed(secret, name) if is_one else stored_name(project, secret, str(name))
