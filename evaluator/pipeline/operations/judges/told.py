"""What an outcome tells of the calls behind it, read from its details as they are stored.

Details are written by evaluators, also by plug-ins: whatever is not of the kind that is expected counts as not told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from evaluator.store.repositories.work.verdicts import VerdictRow


class Told:
    """One outcome with what its details say."""

    def __init__(self, row: VerdictRow) -> None:
        self.row = row
        self.details: dict[str, Any] = row.details if isinstance(row.details, dict) else {}

    @classmethod
    def of(cls, outcome: Mapping[str, Any]) -> Told:
        """Of an outcome as it is stored."""
        return cls(VerdictRow(**{name: outcome[name] for name in VerdictRow._fields}))

    @property
    def cached(self) -> bool:
        """Whether the verdict was taken over from the same content, so that nobody was asked."""
        return self.details.get("cached") is True

    @property
    def repaired(self) -> bool:
        return self.details.get("repaired") is True

    @property
    def calls(self) -> float | None:
        """Replies that were paid for, or may have been."""
        return _number(self.details.get("calls"))

    @property
    def tries(self) -> float | None:
        """Calls, those that were turned away among them."""
        return _number(self.details.get("tries"))

    @property
    def seconds(self) -> float | None:
        """How long a reply took on average (s)."""
        whole = _number(self.details.get("seconds"))
        return None if whole is None else whole / max(1.0, self.answered or self.calls or 1.0)

    @property
    def answered(self) -> float | None:
        """Replies that came, where that is not `calls`."""
        return _number(self.details.get("answered"))

    def tokens(self, kind: str) -> float | None:
        """Of a kind: ``input``, ``cached`` (of the input) or ``output``."""
        found = self.details.get("tokens")
        return _number(found.get(kind)) if isinstance(found, dict) else None

    @property
    def model(self) -> str:
        """What the provider said has answered; empty where it does not say."""
        return _text(self.details.get("model"))

    @property
    def again(self) -> tuple[str, float | None] | None:
        """Label and value of the second verdict on the same content, where there was one."""
        found = self.details.get("again")
        if not isinstance(found, dict) or not (label := _text(found.get("label"))):
            return None
        return label, _number(found.get("value"))

    @property
    def changed(self) -> bool:
        """Whether the second verdict is another than the first, also where one of them could not tell."""
        return self.again is not None and self.again[0] != (self.row.label or self.row.reason)

    @property
    def verdicts(self) -> list[str]:
        """The labels of several verdicts that make one score; empty where one verdict does."""
        found = self.details.get("verdicts")
        return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []

    @property
    def spread(self) -> float | None:
        """The standard deviation of their values."""
        return _number(self.details.get("spread"))

    @property
    def parts(self) -> float | None:
        """In so many parts the sample was read, where it was longer than the model's window."""
        return _number(self.details.get("parts"))

    @property
    def probabilities(self) -> dict[str, float]:
        """What the provider said of each verdict, the likeliest first; empty where it does not say."""
        found = self.details.get("probabilities")
        if not isinstance(found, dict):
            return {}
        told = {label: p for label, value in found.items() if (p := _number(value)) is not None and p <= 1.0}
        return dict(sorted(told.items(), key=lambda one: -one[1]))

    @property
    def suspected(self) -> tuple[str, ...]:
        """What in the texts seems to be meant for a judge, as ``answer: names a verdict``."""
        found = self.details.get("suspected")
        return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _number(value: object) -> float | None:
    known = type(value) in (int, float)  # and no bool
    return float(value) if known and 0.0 <= value < math.inf else None  # type: ignore[operator, arg-type]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
