"""What the stand-in charged, in its own books: whether anybody ever read the reply does not change it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import orjson

PER_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Charge:
    """One charged call: `fault` says what became of its reply (``""``: it was sent as it should be)."""

    model: str
    input_tokens: int
    output_tokens: int
    usd: float
    fault: str


class Ledger:
    """Charges at given prices (US dollars for a million tokens). Thread-safe; appended to `path` if there is
    one."""

    def __init__(self, price_input: float = 1.0, price_output: float = 2.0, path: Path | None = None) -> None:
        self._prices = price_input, price_output
        self._file: IO[bytes] | None = path.open("ab", buffering=0) if path else None
        self._lock = threading.Lock()
        self._charges: list[Charge] = []

    def charge(self, model: str, input_tokens: int, output_tokens: int, fault: str) -> None:
        """Enter a call; it is on its way to the disk before the reply is."""
        usd = (input_tokens * self._prices[0] + output_tokens * self._prices[1]) / PER_MILLION
        entry = Charge(model, input_tokens, output_tokens, usd, fault)
        with self._lock:
            self._charges.append(entry)
            if self._file is not None:
                self._file.write(orjson.dumps(entry) + b"\n")

    @property
    def charges(self) -> list[Charge]:
        with self._lock:
            return list(self._charges)

    @property
    def usd(self) -> float:
        """US dollars, all together."""
        return sum(entry.usd for entry in self.charges)
