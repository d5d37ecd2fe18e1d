"""What a few kilobytes may cost: the peak of a process of its own that reads a body made to hurt.

Without the counts that are taken before anything is built, these take from 0.5 to 5 GB.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.core.bounds import BODY
from tests.support.protobuf import SPAN, field, one

MOST = 400
"""Mebibytes that reading may add: the body itself is held three times, packed, unpacked and as text."""
ROOM = BODY.size - 1000

READ = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from evaluator.api.items import items_of
from evaluator.core.errors import FaithlineError
from evaluator.ingest.native import traces as native
from evaluator.ingest.otlp.requests import decode

def peak():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024

kind, body = sys.argv[1], Path(sys.argv[2]).read_bytes()
now = datetime(2026, 11, 20, tzinfo=UTC)
before = peak()
try:
    if kind == "native":
        parsed = native.parse(items_of(body, "gzip", 32 * 2**20, "traces"), project="p", received=now)
        said = f"{len(parsed.parts)} taken"
    else:
        said = f"{len(decode(body, 'application/' + kind, 'gzip', project='p', received=now).parts)} taken"
except FaithlineError as error:
    said = type(error).__name__
print(peak() - before, said)
"""
JSON, PROTOBUF = "json", "x-protobuf"
HOSTILE: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "empty resources": (PROTOBUF, "TooLarge", lambda: field(1, b"") * (ROOM // 2)),
    "empty spans": (PROTOBUF, "TooLarge", lambda: field(1, field(2, field(2, b"") * (ROOM // 2 - 10)))),
    "empty attributes": (PROTOBUF, "TooLarge", lambda: one(field(9, b"") * (ROOM // 2 - 100))),
    "events of many spans": (
        PROTOBUF, "TooLarge", lambda: field(1, field(2, field(2, SPAN + field(11, b"") * 1000) * (ROOM // 2100))),
    ),
    "small spans": (PROTOBUF, "49000 taken", lambda: field(1, field(2, field(2, SPAN) * 49_000))),
    "objects": (JSON, "TooLarge", lambda: b'{"resourceSpans":[' + b"{}," * (ROOM // 3 - 20) + b"{}]}"),
    "lists": (JSON, "TooLarge", lambda: b'{"a":[' + b"[[]]," * (ROOM // 5 - 20) + b"[]]}"),
    "as many values as may be": (
        JSON, "0 taken", lambda: b"{" + b",".join(b'"%x":1.5' % n for n in range(999_000)) + b"}",
    ),
    "answers": ("native", "0 taken", lambda: b'[{"question":"q","answers":[' + b'{"a":1},' * 450_000 + b"{}]}]"),
    "traces": ("native", "TooLarge", lambda: b"[" + b"{}," * (ROOM // 3 - 20) + b"{}]"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
def test_a_body_made_to_hurt_takes_little_memory(name: str, tmp_path: Path) -> None:
    kind, says, make = HOSTILE[name]
    packed = tmp_path / "body.gz"
    packed.write_bytes(gzip.compress(make(), 1, mtime=0))
    done = subprocess.run([sys.executable, "-c", READ, kind, packed], capture_output=True, text=True, check=True)
    added, _, said = done.stdout.strip().partition(" ")
    assert said == says
    assert int(added) < MOST
