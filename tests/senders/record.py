"""`python -m tests.senders.record [NAME]`: runs the senders and writes what they sent to `tests/recordings`."""

from __future__ import annotations

import datetime
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.senders.catalogue import Sender, senders
from tests.senders.contents import Contents, signal, traces
from tests.senders.environments import CACHE, language, prepared, run, versions
from tests.senders.facts import answer, around, missing, names
from tests.senders.recorder import Request, recording
from tests.senders.stand_in import models

RECORDINGS = Path(__file__).parents[1] / "recordings"
MOST_BYTES = 131_072


class Refused(Exception):
    """A recording that cannot be kept, and why."""


def record(sender: Sender) -> str:
    """Record one sender; a line about what came. What is refused lies in the cache, under `refused`, to be looked at.

    Raises:
        Refused: nothing came, too much came, or what came is not what the sender's entry says.
    """
    home = prepared(sender)
    with recording() as recorder, models() as model, tempfile.TemporaryDirectory(prefix="help-desk-") as folder:
        try:
            run(sender, home, Path(folder), {"recorder": recorder.url, "model": model})
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise Refused(str(error)) from error
        requests = [request for request in recorder.requests if "metrics" not in request.path]
    told = [_request(number, request) for number, request in enumerate(requests, 1)]
    try:
        _fit(requests)
        entry = _entry(sender, home, requests)
    except Refused:
        _write(CACHE / "refused" / sender.name, {"requests": told}, requests)
        raise
    _write(RECORDINGS / sender.name, entry | {"requests": told}, requests)
    return f"{len(requests)} requests, {sum(len(r.body) for r in requests)} bytes, {len(entry['traces'])} traces"


def _write(target: Path, entry: dict[str, Any], requests: list[Request]) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for told, request in zip(entry["requests"], requests, strict=True):
        (target / told["file"]).write_bytes(request.body)
    text = json.dumps(entry, indent=2, ensure_ascii=False)
    (target / "sender.json").write_text(text + "\n", encoding="utf-8")


def _fit(requests: list[Request]) -> None:
    """Refuse what is empty or large, and what tells of this machine."""
    size = sum(len(request.body) for request in requests)
    if not 0 < size <= MOST_BYTES:
        raise Refused(f"{size} bytes in {len(requests)} requests came: more than none, up to {MOST_BYTES}, are kept")
    names = {socket.gethostname()} - {"localhost"}
    for private in {str(RECORDINGS.parents[1]), str(Path.home())} | {name for name in names if len(name) > 3}:
        for request in requests:
            if (at := request.body.find(private.encode())) >= 0:
                raise Refused(f"{request.path} tells of this machine: …{request.body[max(0, at - 60) : at + 60]!r}…")


def _entry(sender: Sender, home: Path, requests: list[Request]) -> dict[str, Any]:
    """The contents of `sender.json`."""
    found = traces(requests)
    shape = [f"{trace.trace_id}: {trace.spans} spans, {trace.logs} logs" for trace in found]
    if len(found) != len(sender.traces):
        raise Refused(f"{len(sender.traces)} traces were to come, not {shape}")
    answers = [[answer(turn, sender.models) for turn in turns] for turns in sender.traces]
    told = [(given, missing(given, trace.values)) for given, trace in zip(answers, found, strict=True)]
    _agree(sender, {name for _, absent in told for name in absent})
    return {
        "name": sender.name,
        "title": sender.title,
        "packages": versions(sender, home),
        "language": language(sender, home),
        "recorded": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "contents": sender.contents,
        "requests": [],
        "traces": [_trace(sender, trace, *of_it) for trace, of_it in zip(found, told, strict=True)],
    } | ({"scores": sender.scores} if sender.scores else {})


def _agree(sender: Sender, absent: set[str]) -> None:
    """Refuse an entry that says of a fact what the bytes do not."""
    said = set(sender.not_sent)
    if unknown := (said | set(sender.elsewhere)) - names():
        raise Refused(f"no such facts: {', '.join(sorted(unknown))}; there are {', '.join(sorted(names()))}")
    if silent := absent - said:
        raise Refused(f"not in the bytes, and `not_sent` does not say why: {', '.join(sorted(silent))}")
    if wrong := (said | set(sender.elsewhere)) - (absent ^ set(sender.elsewhere)):
        raise Refused(
            f"the bytes hold what `not_sent` denies, or lack what is `elsewhere`: {', '.join(sorted(wrong))}"
        )


def _request(number: int, request: Request) -> dict[str, Any]:
    kind = signal(request) or request.path.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    ending = "json" if "json" in request.headers.get("content-type", "") else "bin"
    return {"file": f"{number:02}-{kind}.{ending}", "path": request.path, "headers": request.headers}


def _trace(sender: Sender, trace: Contents, answers: list[dict[str, Any]], absent: set[str]) -> dict[str, Any]:
    return {
        "trace_id": trace.trace_id,
        "spans": trace.spans,
        "logs": trace.logs,
        "answers": answers,
        **around(),
        "elsewhere": sender.elsewhere,
        "not_sent": {name: why for name, why in sender.not_sent.items() if name in absent},
    }


def main(only: str | None) -> int:
    """Record the senders; 1 when one of them could not be."""
    failed = 0
    for sender in senders(only):
        try:
            print(f"{sender.name}: {record(sender)}", flush=True)
        except (Refused, subprocess.CalledProcessError) as error:
            failed = 1
            print(f"{sender.name}: {error}", file=sys.stderr, flush=True)
    return failed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else None))
