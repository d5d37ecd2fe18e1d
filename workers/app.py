"""What the celery command is given: ``celery -A workers.app worker --queues=score`` or ``… beat``."""

from __future__ import annotations

from celery import Celery


def __getattr__(name: str) -> Celery:
    # Made when the celery command asks for it: importing this module reads no settings.
    if name != "app":
        raise AttributeError(name)
    from workers.lifecycle import process_app

    return process_app()
