"""One reader of contents: whatever shape a provider or framework writes messages and documents in becomes text.

Conventions say where a content stands; what is in it is read here, the same for all of them. Nothing raises on a
stranger's value, and every value is walked a bounded number of times (`evaluator.ingest.shapes.structure.NESTING`).
"""

from __future__ import annotations

from evaluator.ingest.shapes.documents import SCORE_KEYS, passages, passages_in
from evaluator.ingest.shapes.messages import (
    Message,
    final_text,
    last_user,
    merged_system,
    read_messages,
    role_of,
    system_of,
)
from evaluator.ingest.shapes.sides import Side, answer_in, asked_in, conversation_in, question_in, replies_in, told_in
from evaluator.ingest.shapes.structure import structure, text_of, unquoted

__all__ = [
    "SCORE_KEYS",
    "Message",
    "Side",
    "answer_in",
    "asked_in",
    "conversation_in",
    "final_text",
    "last_user",
    "merged_system",
    "passages",
    "passages_in",
    "question_in",
    "read_messages",
    "replies_in",
    "role_of",
    "structure",
    "system_of",
    "text_of",
    "told_in",
    "unquoted",
]
