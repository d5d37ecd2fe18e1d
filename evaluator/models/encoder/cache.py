"""What was computed before: arrays by the hash of the text they belong to, bounded by bytes."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

ENTRY_BYTES = 400
"""What an entry occupies beside its numbers: key, array header, links."""


class CacheCounts(NamedTuple):
    """How a cache has done since it was made, and what it holds now."""

    hits: int
    misses: int
    evicted: int
    entries: int
    bytes: int


def content_key(kind: str, text: str) -> bytes:
    """128 bits that name `text` read as `kind`; any string that Python can hold has one."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, person=kind.encode()).digest()


class ArrayCache:
    """Arrays by key; when `limit` bytes are full, those that were not asked for longest go first.

    It belongs to one model in one precision, so a key need not name them. Arrays are handed out read-only.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._found: OrderedDict[bytes, Floats] = OrderedDict()
        self._lock = threading.Lock()
        self._hits = self._misses = self._evicted = self._bytes = 0

    def get(self, key: bytes) -> Floats | None:
        """The array of `key`, or None; counts a hit or a miss."""
        with self._lock:
            found = self._found.get(key)
            if found is None:
                self._misses += 1
                return None
            self._hits += 1
            self._found.move_to_end(key)
            return found

    def put(self, key: bytes, value: Floats) -> None:
        """Keep a copy of `value`, unless it alone is larger than the limit."""
        size = value.nbytes + ENTRY_BYTES
        if size > self._limit:
            return
        # A view would keep the whole batch that it was cut from.
        kept = value.copy()
        kept.flags.writeable = False
        with self._lock:
            old = self._found.pop(key, None)
            if old is not None:
                self._bytes -= old.nbytes + ENTRY_BYTES
            self._found[key] = kept
            self._bytes += size
            while self._bytes > self._limit:
                _, gone = self._found.popitem(last=False)
                self._bytes -= gone.nbytes + ENTRY_BYTES
                self._evicted += 1

    def counts(self) -> CacheCounts:
        with self._lock:
            return CacheCounts(self._hits, self._misses, self._evicted, len(self._found), self._bytes)
