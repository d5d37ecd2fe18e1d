"""The Celery application.

Messages are hints. They carry nothing, nobody waits for their results, and they are acknowledged before the work
begins: what there is to do stands in the database, under leases of its own.
"""

from __future__ import annotations

from typing import Any

from celery import Celery
from kombu.entity import Exchange, Queue

from evaluator.pipeline.schedule import QUEUES
from workers.broker import TIMEOUT_SECONDS


def _queue(name: str) -> Queue:
    # With an exchange of its own: queues on the same one would all get every hint.
    return Queue(name, Exchange(name), routing_key=name)  # type: ignore[no-untyped-call]


CONFIG: dict[str, Any] = {
    "task_ignore_result": True,
    "task_serializer": "json",
    "accept_content": ["json"],
    "event_serializer": "json",
    "task_acks_late": False,
    "task_create_missing_queues": False,
    "task_queues": [_queue(name) for name in QUEUES],
    "task_default_queue": QUEUES[0],
    "worker_prefetch_multiplier": 1,
    "worker_disable_prefetch": True,
    "worker_pool": "solo",
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    "worker_send_task_events": False,
    "worker_enable_remote_control": False,
    # Tasks that are acknowledged early are left alone all the same; this only ends a warning.
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "socket_connect_timeout": 2.0,
        "socket_keepalive": True,
        # Longer than the second that a consumer waits for a message.
        "socket_timeout": 5.0,
        "max_retries": 0,
        "connect_retries_timeout": TIMEOUT_SECONDS,
    },
    "beat_scheduler": "workers.beat:HintScheduler",
}


def make_app(url: str) -> Celery:
    """An application that speaks to the broker at `url`, connected when it is first used."""
    app = Celery("faithline", broker=url, set_as_current=False)
    app.conf.update(CONFIG)
    return app
