"""OTLP/HTTP: a request body into parts, and the body of the answer.

The API route maps what is raised here: `InvalidInput` is 400, `TooLarge` 413, `UnsupportedMedia` 415; everything
that is returned is 200, also when some spans were refused. `encode_failure` makes the body of those answers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Literal

from google.protobuf import json_format  # type: ignore[import-untyped]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from evaluator.core.errors import InvalidInput, ItemError
from evaluator.core.trace import Part
from evaluator.ingest import otlp_json, otlp_protobuf
from evaluator.ingest.compression import decompress
from evaluator.ingest.errors import TooLarge, UnsupportedMedia
from evaluator.ingest.spans import to_part

ContentType = Literal["protobuf", "json"]

DEFAULT_MAX_BYTES = 20 * 2**20
"""The limit that the OTLP specification recommends, in bytes."""
MAX_SPANS = 100_000
"""Most spans in one request: a tiny span costs far more memory than it has bytes."""
MAX_ERRORS = 20
"""Most refused spans that are described; all of them are counted."""

MIME: dict[ContentType, str] = {"protobuf": "application/x-protobuf", "json": "application/json"}
_TYPES: dict[str, ContentType] = {
    "application/x-protobuf": "protobuf",
    "application/protobuf": "protobuf",
    "application/json": "json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a request held. `rejected` counts every refused span, `errors` describes the first `MAX_ERRORS` of them
    (their index counts all spans of the request from 0). `content_type` is also that of the answer."""

    parts: list[Part]
    rejected: int
    errors: list[ItemError]
    content_type: ContentType


def decode(
    body: bytes,
    content_type: str,
    content_encoding: str | None,
    *,
    project: str,
    max_bytes: int = DEFAULT_MAX_BYTES,
    received: datetime | None = None,
) -> Decoded:
    """Decode an OTLP/HTTP trace request.

    Args:
        body: the request body as received.
        content_type: its Content-Type header; parameters such as a charset are ignored.
        content_encoding: its Content-Encoding header.
        project: the project that the parts will belong to.
        max_bytes: longest body taken, before and after decompression, in bytes.
        received: the server's clock; when given, spans more than a day ahead of it are refused.

    Raises:
        UnsupportedMedia: another content type or encoding.
        TooLarge: more than `max_bytes` or `MAX_SPANS`.
        InvalidInput: truncated, damaged, or no trace request at all.
    """
    kind = parse_content_type(content_type)
    codec = otlp_protobuf if kind == "protobuf" else otlp_json
    found = list(islice(codec.spans(decompress(body, content_encoding, max_bytes)), MAX_SPANS + 1))
    if len(found) > MAX_SPANS:  # before any of them is read
        raise TooLarge(f"the request has more than {MAX_SPANS} spans. Send smaller batches")
    parts: list[Part] = []
    errors: list[ItemError] = []
    rejected = 0
    for index, (context, span) in enumerate(found):
        try:
            parts.append(to_part(codec.read(span), context, project, received))
        except InvalidInput as error:
            rejected += 1
            if len(errors) < MAX_ERRORS:
                errors.append(ItemError.of(index, error))
    return Decoded(parts=parts, rejected=rejected, errors=errors, content_type=kind)


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
    """An ExportTraceServiceResponse in the request's encoding; partial_success is set when spans were refused."""
    response = ExportTraceServiceResponse()
    if decoded.rejected:
        response.partial_success.rejected_spans = decoded.rejected
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
    return b"\x12" + _varint(len(text)) + text


def _explain(decoded: Decoded) -> str:
    total = decoded.rejected + len(decoded.parts)
    reasons = "; ".join(f"span {e.index}: {e.field} {e.problem}" for e in decoded.errors)
    more = decoded.rejected - len(decoded.errors)
    return f"{decoded.rejected} of {total} spans refused: {reasons}" + (f"; and {more} more" if more else "")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
