"""The models that the apps talk to: one server of all the providers' protocols."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from bench.servers.stand_in import Handler, listening
from tests.senders.desk.scenario import FAILURE
from tests.senders.protocols import chat, gemini, responses

PROTOCOLS = (chat, responses, gemini)


@contextmanager
def models() -> Iterator[str]:
    """A server of the providers' protocols; yields its address, without a path."""

    class Model(Handler):
        def do_POST(self) -> None:
            request = json.loads(self.body())
            spoken = [protocol for protocol in PROTOCOLS if re.search(protocol.PATH, self.path.split("?")[0])]
            if FAILURE["question"] in json.dumps(request, ensure_ascii=False):
                error = {"message": "The prompt was refused.", "type": "invalid_request_error", "code": None}
                self.answer(400, json.dumps({"error": error}).encode(), Content_Type="application/json")
            elif not spoken:
                self.answer(404, b'{"error": {"message": "no such path"}}', Content_Type="application/json")
            elif request.get("stream") or ":stream" in self.path:
                self.answer(200, spoken[0].stream(request), Content_Type="text/event-stream")
            else:
                body = json.dumps(spoken[0].answer(request)).encode()
                self.answer(200, body, Content_Type="application/json")

    with listening(Model) as url:
        yield url
