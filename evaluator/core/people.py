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
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from evaluator.core.ids import pseudonym
from evaluator.core.user_names import USER_KEYS

PSEUDONYM = re.compile(r"[0-9a-f]{16}")
NAMED = "named"
"""Where the body of a part says whom it names: a pseudonym by `Level`, as far as there is one. A body without it, and
without a `user`, holds no user."""
_USER = "user"
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


class Level(StrEnum):
    """Where a part names its user, the surest first."""

    OWN = "own"
    """In its attributes or metadata, by an id."""
    AROUND = "around"
    """In its events, scope or resource, by an id."""
    MAIL = "mail"
    """In any of its own, by a mail address and by no id."""


class Hidden(str):
    """The pseudonym of a user that ingest put in the place of what their application calls them.

    The type is what tells it from other texts on its way into the store: it is sealed there wherever it stands, and
    nothing that merely looks like it is.
    """

    __slots__ = ()


_MAY_HIDE = frozenset((Hidden, dict, list))


def seal_users(project: str, secret: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body of a part with the users in it, whom ingest made pseudonyms, sealed.

    A `user` of the part itself is sealed in any case, also where no door of ours made a pseudonym of it.
    """
    if NAMED not in body and not body.get(_USER):
        return body
    sealed_body: dict[str, Any] = seal_value(secret, body)
    if (user := body.get(_USER)) and not isinstance(user, Hidden):
        return {**sealed_body, _USER: _sealed(project, secret, user)}
    return sealed_body


def seal_value(secret: str, value: Any) -> Any:
    """A JSON value with all that is `Hidden` in it sealed; the same object where there is none."""
    kind = type(value)
    if kind is Hidden:
        return sealed(secret, value)
    if kind is dict:
        changed = _changed(secret, value.items())
        return {**value, **changed} if changed else value
    if kind is list and (changed := _changed(secret, enumerate(value))):
        return [changed.get(place, one) for place, one in enumerate(value)]
    return value


def _changed(secret: str, items: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Those of the items that are others when they are sealed; most are plain texts and cost nothing."""
    changed = {}
    for key, one in items:
        if type(one) in _MAY_HIDE and (new := seal_value(secret, one)) is not one:
            changed[key] = new
    return changed


def _sealed(project: str, secret: str, name: Any) -> str:
    """The stored form of a user: of a pseudonym, or of what their application calls them."""
    is_one = isinstance(name, str) and PSEUDONYM.fullmatch(name)
    return sealed(secret, name) if is_one else stored_name(project, secret, str(name))


def user_of(body: Mapping[str, Any]) -> str | None:
    """The user whom a span says to be for, by an id among its attributes; None where it says none.

    What an older version stored may be the id itself: whoever settles a trace seals it.
    """
    if own := (body.get(NAMED) or {}).get(Level.OWN):
        return str(own)
    attributes = body.get("attributes") or {}  # of a part that was stored before it said so
    found = (attributes[key] for key in USER_KEYS if key in attributes)
    return next((name for name in found if isinstance(name, str) and name.strip()), None)


def named_in(bodies: Sequence[Mapping[str, Any]]) -> str | None:
    """The user whom these bodies name anywhere, the surest first."""
    named = [found for body in bodies if (found := body.get(NAMED))]
    return next((str(found[level]) for level in Level for found in named if found.get(level)), None)
