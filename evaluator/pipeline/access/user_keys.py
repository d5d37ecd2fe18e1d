"""Further names under which a project's traces say who a user is: set by its admins, known where traces come in."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence

from evaluator.core.access import LOCAL
from evaluator.core.bounds import USER_KEY, USER_KEYS
from evaluator.core.errors import InvalidInput
from evaluator.core.ports import Clock
from evaluator.core.user_names import ends_with, is_content, spelling
from evaluator.ingest.numbers import NUMBERS
from evaluator.ingest.otlp.origins import ENVIRONMENT_KEYS, SERVICE_KEY
from evaluator.ingest.redact import SESSION_KEYS
from evaluator.pipeline.access.keys import enter_project
from evaluator.store.store import Store

REMEMBERED_SECONDS = 2.0
"""How long a process may go on using the names that it read: so soon others take effect."""
MAX_REMEMBERED = 4096
"""Projects whose names are remembered."""
_READ = (*NUMBERS, *ENVIRONMENT_KEYS, *SESSION_KEYS, SERVICE_KEY, "gen_ai.request.model", "openinference.span.kind")
"""Attributes that are read as something else, so that no project may say that they hold its users."""


class UserKeys:
    """The further names of every project, each read at most every `REMEMBERED_SECONDS`. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, tuple[float, tuple[str, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, project: str) -> tuple[str, ...]:
        """The names of a project, in their order. Not to be called within a transaction."""
        now = time.monotonic()
        with self._lock:
            known = self._known.get(project)
        if known is not None and now - known[0] < REMEMBERED_SECONDS:
            return known[1]
        with self._store.read() as unit:
            found = unit.projects.user_keys(project)
        with self._lock:
            self._known.pop(project, None)
            self._known[project] = now, found
            if len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
        return found

    def forget(self, project: str) -> None:
        """Read the names of a project anew: they were changed in this process."""
        with self._lock:
            self._known.pop(project, None)


def set_user_keys(
    store: Store, project: str, names: Sequence[str], clock: Clock, actor: str = LOCAL
) -> tuple[str, ...]:
    """Make `names` all further names of a project; returns them as they are kept.

    They count for what arrives from then on. What is stored already stays as it is.

    Raises:
        InvalidInput: too many, one that can not be a name, or one under which Faithline reads something else.
        NotFound: there is no such project.
    """
    kept = tuple(dict.fromkeys(name.strip() for name in names))
    if len(kept) > USER_KEYS.most:
        raise InvalidInput("user_keys", f"are {len(kept)}, at most {USER_KEYS.most}", "Leave out what is not used")
    for index, name in enumerate(kept):
        _check(f"user_keys[{index}]", name)
    now = clock.now()
    with store.write() as unit:
        enter_project(unit, project, now)
        before = unit.projects.user_keys(project)
        unit.projects.set_user_keys(project, kept)
        audit = unit.of(project).audit
        audit.record(actor, "project.user_keys", project, now, before=list(before), after=list(kept))
    return kept


def _check(field: str, name: str) -> None:
    shown = repr(name[:80])
    if not name or len(name) > USER_KEY.most or not name.isprintable():
        problem = f"{shown} is no name of an attribute"
        raise InvalidInput(field, problem, f"Use 1 to {USER_KEY.most} printable characters")
    if not spelling(name):
        raise InvalidInput(field, f"{shown} has no letters", "Name the attribute, or the last part of its name")
    taken = next((other for other in _READ if ends_with(other, name)), name if is_content(name) else "")
    if taken or name.startswith("faithline."):
        problem = f"{shown} would take {(taken or name)!r}, which is read as something else"
        raise InvalidInput(field, problem, "Name an attribute that holds nothing but the user's id")
