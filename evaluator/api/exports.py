"""What becomes of an OTLP request that was let in, by whatever door it came."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import structlog

from evaluator.api.metrics import ApiMetrics
from evaluator.api.state import AppState
from evaluator.ingest.otlp.requests import Decoded, decode
from evaluator.ingest.otlp.signals import Signal

log = structlog.get_logger()


async def store_export(
    state: AppState,
    metrics: ApiMetrics,
    data: bytes,
    *,
    project: str,
    signal: Signal,
    content_type: str,
    content_encoding: str | None,
) -> Decoded:
    """Queue the bytes of a request, to be decoded and written in their turn; returns what they held once it is on the
    disk. Whoever calls has counted them in `state.intake.room`.

    Raises:
        Unavailable: too much is waiting, or the database is away.
        InvalidInput, TooLarge, UnsupportedMedia: see `evaluator.ingest.otlp.requests.decode`.
    """
    services = state.services
    reading = partial(
        _read,
        state,
        data,
        content_type,
        content_encoding,
        project=project,
        max_bytes=services.settings.max_body_bytes,
        received=services.clock.now(),
        signal=signal,
    )
    decoded = await asyncio.wrap_future(state.intake.submit(reading, len(data)))
    if decoded.rejected:
        log.warning("items_refused", signal=signal.item, rejected=decoded.rejected, kept=len(decoded.parts))
    metrics.count_parts(len(decoded.parts), decoded.rejected, decoded.ignored)
    return decoded


def _read(state: AppState, *body: Any, project: str, **given: Any) -> Decoded:
    """Decode a body as the project has it, on the thread of the intake: its names may have to be looked up."""
    return decode(*body, project=project, user_keys=state.user_keys.of(project), **given)
