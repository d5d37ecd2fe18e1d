"""Who sends traces: a table as data, and how a trace tells which of them sent it."""

from __future__ import annotations

from evaluator.ingest.senders.model import Sender
from evaluator.ingest.senders.recognise import sender_of
from evaluator.ingest.senders.table import NATIVE, by_id, reasons, senders, title_of

__all__ = ["NATIVE", "Sender", "by_id", "reasons", "sender_of", "senders", "title_of"]
