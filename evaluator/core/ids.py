"""Identifiers and the hashes behind them."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

DEFAULT_PROJECT = "default"
HASH_CHARS = 32


def canonical_json(value: Any) -> str:
    """One text for one value: sorted keys, no blanks, UTF-8 kept, NaN and infinity refused.

    Raises:
        ValueError: on NaN or infinity.
        TypeError: on a type that JSON does not have.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_hash(value: Any) -> str:
    """The first 128 bits of the SHA-256 of `canonical_json(value)`, as 32 hexadecimal characters."""
    # A lone surrogate has no UTF-8 form, and hostile text may hold one.
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()[:HASH_CHARS]


def uniform(salt: str, *parts: str) -> float:
    """The permanent random number in [0, 1) of `parts` under `salt` (law 5): 53 bits of a SHA-256."""
    text = "\x1f".join((salt, *parts)).encode("utf-8", "surrogatepass")
    return (int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 11) / 2**53


def cluster_key(value: Any) -> int:
    """The key of a cluster that is named by `value` (JSON): 63 bits, never 0."""
    return (int(content_hash(value)[:16], 16) >> 1) or 1


def random_id(prefix: str = "") -> str:
    """A fresh identifier of 64 random bits."""
    return prefix + secrets.token_hex(8)


def pseudonym(project: str, user: str) -> str:
    """What a user id becomes on the way in: never the id itself, and never the same in two projects.

    The store keeps it in the form that `core.people` gives it.
    """
    return content_hash(["user", project, user])[:16]
