"""Linear maps with their weights laid out once for the matrix units of this machine.

Measured on two Zen 4 cores (GFLOP/s, 2048 tokens, 384 -> 1536): torch's own fp32 150, oneDNN's blocked layout 190;
bf16 300 and 380. The GELU comes with the product, while its result is still in the registers.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import gelu as erf_gelu
from torch.nn.functional import linear as torch_linear

from evaluator.models.encoder.precision import Precision

DTYPES: dict[Precision, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16}


class Linear(Protocol):
    """x [n, in] -> x W^T + b [n, out], through the exact (erf) GELU if asked; the dtype stays."""

    def __call__(self, x: Tensor, *, gelu: bool = False) -> Tensor: ...


def has_bf16(device: str) -> bool:
    """Whether products of bf16 numbers are an instruction there, and not emulated at a tenth of the speed."""
    if device != "cpu":
        return True
    found = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return _has_onednn() and any(check is not None and check() for check in found)


def _has_onednn() -> bool:
    built: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return built and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def new_linear(weight: Tensor, bias: Tensor, precision: Precision, device: str, *, emulate: bool = False) -> Linear:
    """The map of `weight` [out, in] and `bias` [out] (both fp32) in the fastest way that `device` has for it.

    `emulate` takes the way of machines without bf16 instructions, wherever it runs.
    """
    if precision == "bf16" and (emulate or not has_bf16(device)):
        return _Rounded(weight, bias)
    dtype = DTYPES[precision]
    kind = _Packed if device == "cpu" and _has_onednn() else _Plain
    return kind(weight.to(dtype).contiguous(), bias.to(dtype))


class _Packed:
    """oneDNN's product over weights in its blocked layout."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight, None)
        self._bias = bias

    def __call__(self, x: Tensor, *, gelu: bool = False) -> Tensor:
        after, algorithm = ("gelu", "none") if gelu else ("none", "")
        mapped: Tensor = torch.ops.mkldnn._linear_pointwise(x, self._weight, self._bias, after, [], algorithm)
        return mapped


class _Plain:
    """torch's own product, for other devices and builds without oneDNN."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._weight, self._bias = weight, bias

    def __call__(self, x: Tensor, *, gelu: bool = False) -> Tensor:
        mapped = torch_linear(x, self._weight, self._bias)
        return erf_gelu(mapped) if gelu else mapped


class _Rounded:
    """bf16 without bf16 instructions: products of two bf16 numbers are exact in fp32, and summed there as well."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._inner = new_linear(weight.bfloat16().float(), bias.bfloat16().float(), "fp32", str(weight.device))

    def __call__(self, x: Tensor, *, gelu: bool = False) -> Tensor:
        return self._inner(x.float(), gelu=gelu).bfloat16()
