"""The cache is bounded by bytes and forgets what was not asked for longest."""

from __future__ import annotations

import random

import numpy as np
import pytest

from evaluator.models.encoder.cache import ENTRY_BYTES, ArrayCache, content_key

SIZE = 100 * 4 + ENTRY_BYTES


def array(value: float, length: int = 100) -> np.ndarray:
    return np.full(length, value, dtype=np.float32)


def test_the_oldest_goes_first() -> None:
    cache = ArrayCache(3 * SIZE)
    for name in "abc":
        cache.put(name.encode(), array(1))
    assert cache.get(b"a") is not None
    cache.put(b"d", array(1))
    assert [cache.get(name) is not None for name in (b"a", b"b", b"c", b"d")] == [True, False, True, True]
    assert cache.counts() == (4, 1, 1, 3, 3 * SIZE)


def test_what_is_larger_than_the_limit_is_not_kept() -> None:
    cache = ArrayCache(3 * SIZE)
    cache.put(b"a", array(1))
    cache.put(b"b", array(1, 1000))
    assert cache.get(b"b") is None
    assert cache.get(b"a") is not None
    nothing = ArrayCache(0)
    nothing.put(b"a", array(1))
    assert nothing.counts().entries == 0


@pytest.mark.parametrize("seed", range(3))
def test_bytes_are_counted_and_bounded(seed: int) -> None:
    rng = random.Random(seed)
    cache = ArrayCache(20_000)
    last: dict[bytes, float] = {}
    for step in range(2000):
        key = str(rng.randrange(60)).encode()
        cache.put(key, array(step, rng.randrange(1, 600)))
        last[key] = step
        assert cache.counts().bytes <= 20_000
        found = cache.get(str(rng.randrange(60)).encode())
        assert found is None or found.flags.writeable is False
    held = {key: found for key in last if (found := cache.get(key)) is not None}
    assert sum(found.nbytes + ENTRY_BYTES for found in held.values()) == cache.counts().bytes
    assert len(held) == cache.counts().entries > 0
    assert all(found[0] == last[key] for key, found in held.items()), "an old value under a new key"


def test_an_entry_keeps_nothing_else_alive() -> None:
    cache = ArrayCache(10_000)
    batch = np.zeros((1000, 100), dtype=np.float32)
    cache.put(b"a", batch[3])
    batch[3] = 7.0
    kept = cache.get(b"a")
    assert kept is not None
    assert kept.base is None
    assert (kept == 0.0).all()


def test_keys_name_the_text_and_what_it_was_read_as() -> None:
    assert content_key("embedding", "a") == content_key("embedding", "a")
    assert len({content_key(kind, text) for kind in ("embedding", "states-6") for text in ("a", "b", "")}) == 6
    assert content_key("embedding", "\ud800") != content_key("embedding", "\ud801")
