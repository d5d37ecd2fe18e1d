"""OTLP: a request of spans or log records into parts, and the body of the answer.

The API route maps what is raised here: `InvalidInput` is 400, `TooLarge` 413, `UnsupportedMedia` 415; everything
that is returned is 200, also when some spans were refused. `encode_failure` makes the body of those answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from google.protobuf import json_format  # type: ignore[import-untyped]

from evaluator.core.bounds import BODY, REFUSALS, SPANS
from evaluator.core.errors import InvalidInput, ItemError
from evaluator.core.trace import Part
from evaluator.ingest.compression import decompress
from evaluator.ingest.errors import TooLarge, UnsupportedMedia
from evaluator.ingest.otlp import as_json, as_protobuf, logs
from evaluator.ingest.otlp.origins import Origins
from evaluator.ingest.otlp.signals import LOGS, TRACES, Signal
from evaluator.ingest.otlp.spans import Reading, to_part
from evaluator.ingest.otlp.wire import varint
from evaluator.ingest.users import Users

ContentType = Literal["protobuf", "json"]

MIME: dict[ContentType, str] = {"protobuf": "application/x-protobuf", "json": "application/json"}
_MAKERS: Mapping[str, Callable[..., Part]] = {TRACES.item: to_part, LOGS.item: logs.to_part}
_TYPES: dict[str, ContentType] = {
    "application/x-protobuf": "protobuf",
    "application/protobuf": "protobuf",
    "application/json": "json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a request held. `rejected` counts every refused item (span or log record), `errors` describes the first
    `REFUSALS` of them (their index counts all items of the request from 0), `notes` as many of what was left out of
    items that were kept. `ignored` counts log records that hold nothing for us. `content_type` is also that of the
    answer, `size` that of the body when unpacked (bytes)."""

    parts: list[Part]
    rejected: int
    errors: list[ItemError]
    content_type: ContentType
    notes: Sequence[str] = ()
    size: int = 0
    ignored: int = 0
    signal: Signal = TRACES


def decode(
    body: bytes,
    content_type: str,
    content_encoding: str | None,
    *,
    project: str,
    max_bytes: int = BODY.size,
    received: datetime | None = None,
    signal: Signal = TRACES,
    user_keys: Iterable[str] = (),
) -> Decoded:
    """Decode an OTLP export request.

    Args:
        body: the request body as received.
        content_type: its Content-Type header; parameters such as a charset are ignored.
        content_encoding: its Content-Encoding header.
        project: the project that the parts will belong to.
        max_bytes: longest body taken, before and after decompression, in bytes.
        received: the server's clock; when given, items more than a day ahead of it are refused.
        signal: what the request holds.
        user_keys: names of attributes that hold a user, beside those that are known to.

    Raises:
        UnsupportedMedia: another content type or encoding.
        TooLarge: more than `max_bytes`, or than `evaluator.core.bounds` allows of a request.
        InvalidInput: truncated, damaged, or no request of this signal at all.
    """
    kind = parse_content_type(content_type)
    codec = as_protobuf if kind == "protobuf" else as_json
    data = decompress(body, content_encoding, max_bytes)
    users = Users(project, user_keys)
    reading = Reading(users)
    users.deep = kind == "json"  # protobuf's maps are noticed one by one
    origins = Origins(len(data), reading.keys, users)
    parts: list[Part] = []
    errors: list[ItemError] = []
    notes: list[str] = []
    count = ignored = 0
    read, make = codec.READERS[signal.item], _MAKERS[signal.item]
    for batch in codec.batches(data, reading, signal):
        if count + len(batch.items) > SPANS.most:
            raise TooLarge(f"the request has more than {SPANS.most} {signal.item}s. Send smaller batches")
        origin = origins.of(batch)
        notes += batch.notes
        batch.notes.clear()
        for index, item in enumerate(batch.items, count):
            try:
                raw = read(item, reading)
                if raw is None:
                    ignored += 1
                    continue
                reading.check()
                part = make(raw, origin, reading.keys, users, received)
            except InvalidInput as error:
                if len(errors) < REFUSALS.most:
                    errors.append(ItemError.of(index, error))
                continue
            parts.append(part)
            if raw.notes and len(notes) < REFUSALS.most:
                notes += [f"{signal.item} {index}: {said}" for said in raw.notes]
        count += len(batch.items)
        del notes[REFUSALS.size :]
    reading.check()
    return Decoded(
        parts=logs.told_apart(parts) if signal is LOGS else parts,
        rejected=count - len(parts) - ignored,
        errors=errors,
        content_type=kind,
        notes=notes,
        size=len(data),
        ignored=ignored,
        signal=signal,
    )


def parse_content_type(header: str) -> ContentType:
    """Which encoding a Content-Type header names.

    Raises:
        UnsupportedMedia: neither of the two that OTLP/HTTP has.
    """
    mime = (header or "").partition(";")[0].strip().lower()
    if mime not in _TYPES:
        allowed = " or ".join(MIME.values())
        raise UnsupportedMedia(f"content type {mime[:80]!r} is not supported. Use {allowed}")
    return _TYPES[mime]


def encode_response(decoded: Decoded) -> bytes:
    """The response of the request's signal in its encoding; partial_success is set when items were refused, or
    something was left out: that is a warning, with nothing rejected, as the specification has it."""
    response = decoded.signal.response()
    if decoded.rejected or decoded.notes or decoded.ignored:
        setattr(response.partial_success, decoded.signal.rejected, decoded.rejected)
        response.partial_success.error_message = _explain(decoded)
    if decoded.content_type == "json":
        return str(json_format.MessageToJson(response, indent=None)).encode()
    return bytes(response.SerializeToString())


def encode_failure(message: str, content_type: ContentType) -> bytes:
    """The google.rpc.Status that OTLP asks for as the body of every 4xx and 5xx answer."""
    if content_type == "json":
        return json.dumps({"message": message}).encode()
    # The message is field 2, a text; its type is not worth another dependency.
    text = message.encode("utf-8", "replace")
    return b"\x12" + varint(len(text)) + text


def _explain(decoded: Decoded) -> str:
    item = decoded.signal.item
    total = decoded.rejected + len(decoded.parts) + decoded.ignored
    said = []
    if decoded.rejected:
        reasons = "; ".join(f"{item} {e.index}: {e.field} {e.problem}" for e in decoded.errors)
        more = decoded.rejected - len(decoded.errors)
        said.append(
            f"{decoded.rejected} of {total} {item}s refused: {reasons}" + (f"; and {more} more" if more else "")
        )
        said += dict.fromkeys(e.remedy for e in decoded.errors if e.remedy)
    if decoded.ignored:
        said.append(
            f"{decoded.ignored} of {total} {item}s not kept, as they are no GenAI events (their event name does not "
            "begin with gen_ai.). That is no error; sending only GenAI events here saves the traffic"
        )
    if decoded.notes:
        said.append("left out: " + "; ".join(decoded.notes))
    return ". ".join(said)
