"""What series are sliced by."""

from __future__ import annotations

DIMENSIONS = ("model", "prompt_version", "environment", "service")
"""What a series can be sliced by, beside its strata: a bounded list, since every combination has its own cell."""
SLICE_DIMENSIONS = (*DIMENSIONS, "stratum")
SliceValues = tuple[str | None, ...]
"""The value of each of `SLICE_DIMENSIONS`, or of some of them; None where the sender did not say."""
Dimensions = tuple[str, ...]
"""Names out of `SLICE_DIMENSIONS`, in its order."""
