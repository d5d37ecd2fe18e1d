"""Bytes in databases outlive releases: what an earlier one wrote is read, and written again byte by byte."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest

from evaluator.stats.cells import Cells
from evaluator.stats.estimators.rates import Rates
from evaluator.stats.estimators.raw import raw_rate

EXACT = base64.b85decode(
    "MneJsPZ3X*cmZRPU{#l6V_;!qU;rW}24+SEMj!(SfNXY7cJBXR4$X;CYsd&<x&~SU84e^#%YOw11qlX4pdJMV4HX8F4`AH}Akq@Z"
    "R$yQdU|=W!3xb#&9~2l=pgbV=1%rYCgVKipm<Ue#zXO8<7%@N?_F$C`AkqQI1~T9X#B{I+VxSxtI560QHQPG?00A->Ed"
)
COARSE = base64.b85decode(
    "MneJs_|3#$cmZRPU{%*(V_;!qU;rW}24+SEMj!*o1G3pU15=)YIHO=R1V|5o2GX^VtwVu9L4rXMs9k|ULxn-"
    ")1K1z~5NQcyD=;t!FfbH=1wqUY91097P##F;g@OUY2c-"
    "Z8DDmL~Ob$2gz~BHz3=oDrSfvAqbO5q}3^)QY?HwFI0uTUXfcPK`CG71152P1%"
)
RATES = base64.b85decode(
    "MneJswX1}=cma*hF%AJy5XSNUdK;7)iNeNSzy)maRwQolA{v!aBDyUkYNZ>9+9gy@phts{c!h!nBO5xK_hpKi<ohL~RJo%3D39+!"
    "4&~wf7BEeELnu;54w8VqEZH$r%p7VAq$g(0E*pGmC5+U^bW<~OF%N<cSfbQaUCe_13|1tmar*5>;|T@YuD>1chb676wJ**VyJ35="
    "r;t$m-{^_fL|Vdkw2q12dsHwJ"
)
"""Three cells, the same with the last one coarse, and the raw rate of each of them at the offsets 3, 4 and 59."""


def cells() -> Cells:
    return Cells.of(
        weight=[0.0, 2.0, 4.0, 4.0, 10.0, 1.0, 3.0, 8.0, 1.0, 5.0],
        bad=[0.0, 0.0, 1.0, 0.5, 0.0, 0.0, 0.25, 1.0, 0.0, 0.0],
        state=[-1, 0, 1, 1, 2, 3, 1, 1, 1, 2],
        cluster=np.array([7, 7, 7, 0, 9, 0, 7, 2**64 - 1, 11, 0], dtype=np.uint64),
        upstream=[1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 5.0],
        place=[0, 0, 0, 0, 0, 0, 2, 2, 2, 2],
        size=3,
    )


def body(data: bytes) -> tuple[bytes, bytes]:
    """The header and what zlib has packed; how tightly it does is up to the zlib that is installed."""
    return data[:8], zlib.decompress(data[8:])


@pytest.mark.parametrize(("stored", "limit"), [(EXACT, 1024), (COARSE, 2)])
def test_cells_that_were_stored_are_read_and_written_alike(stored: bytes, limit: int) -> None:
    found, expected = Cells.from_bytes(stored), cells().capped(limit)
    assert found.is_close(expected, rtol=0)
    assert found.coarse.tolist() == [False, False, limit == 2]
    assert body(found.to_bytes()) == body(expected.to_bytes()) == body(stored)


def test_rates_that_were_stored_are_read_and_written_alike() -> None:
    """Their intervals are of a kind that is made no more; the rest is what is made today."""
    offsets, found = Rates.from_bytes(RATES, "raw")
    assert offsets.tolist() == [3, 4, 59]
    assert body(found.to_bytes(offsets)) == body(RATES)
    assert [rate.interval for rate in found] == ["exact", "none", "exact"]
    for place, rate in enumerate(found):
        expected = raw_rate({"a": cells().take(np.array([place]))})
        assert (rate.counts, rate.clusters) == (expected.counts, expected.clusters)
        assert rate.low <= (rate.estimate or 0.0) <= rate.high
        for name in ("estimate", "covered", "worst_low", "worst_high", "traffic"):
            assert (getattr(rate, name) or 0.0) == pytest.approx(getattr(expected, name) or 0.0, rel=1e-9), name
