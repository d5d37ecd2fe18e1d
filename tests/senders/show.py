"""`python -m tests.senders.show FOLDER`: what a recording holds, span by span, for whoever looks at the bytes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.senders.contents import records, signal
from tests.senders.recorder import Request

IDLE = {"traceId", "startTimeUnixNano", "endTimeUnixNano", "flags", "observedTimeUnixNano", "timeUnixNano"}


def main(folder: Path) -> None:
    """Print every request of a recording; what stands around its spans only where it changes."""
    for told in json.loads((folder / "sender.json").read_text(encoding="utf-8"))["requests"]:
        body = (folder / told["file"]).read_bytes()
        print(f"\n#### {told['file']} {told['path']} {told['headers']}")
        request = Request(told["path"], told["headers"], body)
        kind, shown = signal(request), None
        if not kind:
            print(body.decode(errors="replace"))
            continue
        for trace_id, record, around in records(kind, request):
            if around != shown:
                print(f"  == {json.dumps(around, ensure_ascii=False)}")
                shown = around
            told_of = {name: value for name, value in record.items() if name not in IDLE}
            print(f"\n  {trace_id} {json.dumps(told_of, ensure_ascii=False, indent=1)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
