"""Looks at the broker: whether it answers, and whether it keeps what it is given."""

from __future__ import annotations

from collections.abc import Iterator

from evaluator.core.ports import Backend
from evaluator.pipeline.operations.doctor.checks import Check, fine, warning

NOEVICTION = "Set maxmemory-policy noeviction: hints and rates that are evicted cost time"
APPENDONLY = "Set appendonly yes: an empty broker costs a little time after each restart"


def check_broker(backend: Backend) -> Iterator[Check]:
    """Raises what keeps it from answering."""
    settings = {name: backend.setting(name) for name in ("maxmemory-policy", "appendonly")}
    yield fine("broker", "answers")
    for name, wanted, remedy in (
        ("maxmemory-policy", "noeviction", NOEVICTION),
        ("appendonly", "yes", APPENDONLY),
    ):
        found = settings[name]
        if found == wanted:
            yield fine(f"broker {name}", found)
        else:
            said = "does not let us see" if found is None else f"is {found}"
            yield warning(f"broker {name}", said, remedy)
