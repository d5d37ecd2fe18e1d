"""Number arrays to compact bytes and back: versioned, little-endian, checked on reading."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

_HEADER = struct.Struct("<2sBxIQ")
"""Magic, version, CRC-32 of the raw body, number of keys."""
_MAGIC, _VERSION = b"FC", 1


def pack(whole: npt.NDArray[np.int64], keys: npt.NDArray[np.uint64], floats: npt.NDArray[np.float64]) -> bytes:
    """One blob of `whole` [a], `keys` [k] and `floats` [b].

    The bytes of the 8-byte numbers are laid out plane by plane (all first bytes, all second bytes ...), which is
    what lets zlib find the many equal exponents and zeros.
    """
    numbers = np.concatenate([whole.astype("<i8").view("<u8"), keys.astype("<u8"), floats.astype("<f8").view("<u8")])
    raw = numbers.view(np.uint8).reshape(-1, 8).T.tobytes()
    return _HEADER.pack(_MAGIC, _VERSION, zlib.crc32(raw), keys.size) + zlib.compress(raw, 6)


def unpack(
    data: bytes, *, whole: int, floats: Callable[[int], int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64], npt.NDArray[np.float64]]:
    """What `pack` was given; `whole` is the length of its first array and `floats` gives that of the last from k.

    Raises ValueError when the bytes are torn, foreign, or of another version.
    """
    if len(data) < _HEADER.size or data[:2] != _MAGIC:
        raise ValueError("not the bytes of a cell")
    _, version, crc, k = _HEADER.unpack_from(data)
    if version != _VERSION:
        raise ValueError(f"a cell of version {version}, this release reads version {_VERSION}")
    try:
        raw = zlib.decompress(data[_HEADER.size :])
    except zlib.error as error:
        raise ValueError("the bytes of a cell are torn") from error
    if zlib.crc32(raw) != crc or len(raw) != 8 * (whole + k + floats(k)):
        raise ValueError("the bytes of a cell are torn")
    planes = np.frombuffer(raw, dtype=np.uint8).reshape(8, -1)
    numbers = np.ascontiguousarray(planes.T).view("<u8").ravel()
    return (
        numbers[:whole].view("<i8").astype(np.int64),
        numbers[whole : whole + k].astype(np.uint64),
        numbers[whole + k :].view("<f8").astype(np.float64),
    )
