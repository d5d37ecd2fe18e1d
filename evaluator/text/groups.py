"""Work in portions whose size is bounded, whatever the sizes of what is worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def in_groups(items: Iterable[T], size: Callable[[T], int], limit: int) -> Iterator[list[T]]:
    """The items in order, in groups of at most `limit` together; one that is larger is alone."""
    group: list[T] = []
    held = 0
    for item in items:
        own = size(item)
        if group and held + own > limit:
            yield group
            group, held = [], 0
        group.append(item)
        held += own
    if group:
        yield group
