"""In which precision models compute: chosen where a rule is made, pinned with it, the same everywhere. No torch.

Precision changes numbers, so it stands in the fingerprint: an evaluator resolves it in its constructor
(`Runtime.at`) and names it among its parameters. It says which *arithmetic* is meant, not which instructions do it:
`bf16` is products of bf16 numbers summed in fp32, on the bf16 units of a CPU or GPU that has them and by fp32
products of rounded numbers on one that has not, so both agree within the tolerance.
"""

from __future__ import annotations

from typing import Literal, get_args

from evaluator.core.errors import InvalidInput

Precision = Literal["fp32", "bf16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
AUTO: Literal["auto"] = "auto"

TOLERANCES: dict[Precision, float] = {"fp32": 1e-4, "bf16": 0.03}
"""How far a probability or a cosine may lie from the same model's in fp32 on the plain path (tested)."""


def resolved(asked: str | None, setting: str, declared: Precision) -> Precision:
    """The precision to compute in: what a rule pinned, else what the deployment sets, else what the model declares.

    Raises:
        InvalidInput: for a pinned precision that does not exist.
    """
    if asked is not None:
        if asked not in PRECISIONS:
            raise InvalidInput("parameters.precision", f"must be one of {', '.join(PRECISIONS)}, got {asked!r}")
        return "bf16" if asked == "bf16" else "fp32"
    if setting == AUTO:
        return declared
    return "bf16" if setting == "bf16" else "fp32"
