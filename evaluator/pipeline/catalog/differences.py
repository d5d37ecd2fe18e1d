"""What differs between two texts or values, in lines that a person reads."""

from __future__ import annotations

from difflib import unified_diff


def changed(what: str, a: object, b: object) -> list[str]:
    """A line that says that `what` has changed, then ``- `` lines of `a` and ``+ `` lines of `b`; empty where
    they are the same. None is no text."""
    if a == b:
        return []
    lines = list(unified_diff(_text(a).splitlines(), _text(b).splitlines(), n=0, lineterm=""))[2:]  # without names
    return [f"{what} changed", *(f"{line[0]} {line[1:]}" for line in lines if not line.startswith("@@"))]


def reordered(what: str, before: list[str], after: list[str]) -> list[str]:
    """The same, where those that are in both stand in another order."""
    orders = [[name for name in each if name in before and name in after] for each in (before, after)]
    return changed(f"order of the {what}", *(", ".join(order) for order in orders))


def _text(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
