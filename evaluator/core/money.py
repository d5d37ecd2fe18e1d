"""Money is counted in whole millionths of a US dollar, so that sums are exact."""

from __future__ import annotations

import math
from decimal import Decimal

MICROS = 1_000_000


def micro_usd(dollars: float) -> int:
    """Millionths of a US dollar, rounded up. Raises ValueError for what is negative or not finite."""
    if not math.isfinite(dollars) or dollars < 0:
        raise ValueError(f"an amount of money must be a finite number >= 0, got {dollars}")
    # By its decimal form: 0.07 is a little more in binary, which must not cost a millionth.
    return math.ceil(Decimal(repr(float(dollars))) * MICROS)


def usd(micros: int) -> float:
    """US dollars."""
    return micros / MICROS
