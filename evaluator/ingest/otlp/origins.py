"""Where spans come from: what a batch says once for many of them, as it is stored with each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from evaluator.core.bounds import NAME, REPEATED
from evaluator.core.people import Level
from evaluator.ingest.attributes import Keys, keep_bounded, shortened
from evaluator.ingest.clean import note
from evaluator.ingest.users import Named, Users

SERVICE_KEY = "service.name"
ENVIRONMENT_KEYS = ("faithline.environment", "deployment.environment.name", "deployment.environment")


class Batch(NamedTuple):
    """Items as they came, not decoded yet, with what their batch says once; `notes` say what could not be read.

    Batches of one resource share its dictionary.
    """

    resource: dict[str, Any]
    scope: dict[str, Any]
    notes: list[str]
    items: Any


@dataclass(frozen=True, slots=True)
class Origin:
    """Attributes of the resource, the instrumentation scope, and whom they name."""

    resource: dict[str, Any] = field(default_factory=dict)
    scope: dict[str, Any] = field(default_factory=dict)
    named: Named = field(default_factory=Named)


class Origins:
    """The origins of a request's batches, within bounds and without user ids; what is left out is noted.

    What a batch says once is not stored with its spans out of all proportion to what came. As a request may have
    many scopes under one large resource, the work that a resource takes is done once for all of them.
    """

    def __init__(self, came: int, keys: Keys, users: Users) -> None:
        """`came` is the size of the request, in bytes."""
        self._keys, self._users = keys, users
        self._came, self._free, self._left = came, REPEATED.free, REPEATED.size * came
        self._given: dict[str, Any] | None = None  # the resource that the others are of
        self._resource: dict[str, Any] = {}
        self._named = Named()
        self._least: dict[str, Any] | None = None
        self._size: int | None = None

    def of(self, batch: Batch) -> Origin:
        """The origin of a batch, or only what is read of it where the whole would be stored too often."""
        if batch.resource is not self._given:
            self._given, self._least, self._size = batch.resource, None, None
            keep_bounded(batch.resource, self._keys, batch.notes, "resource.attributes")
            self._named = Named()
            self._resource = self._users.hide(batch.resource, self._named, Level.AROUND)
        scope, named = batch.scope, self._named
        if attributes := scope.get("attributes"):
            keep_bounded(attributes, self._keys, batch.notes, "scope.attributes")
            named = Named()
            scope = scope | {"attributes": self._users.hide(attributes, named, Level.AROUND)}
            named.include(self._named)
        at_most = self._came * len(batch.items)
        if at_most <= self._free:  # most requests are small, and nothing needs to be measured
            self._free -= at_most
            return Origin(self._resource, scope, named)
        if self._size is None:
            self._size = len(orjson.dumps(self._resource))
        needed = (self._size + len(orjson.dumps(scope))) * len(batch.items)
        if needed > self._left:
            note(batch.notes, "resource", "is too large to be kept with every span: only its service and environment")
            if self._least is None:
                self._least = _named(self._resource, (SERVICE_KEY, *ENVIRONMENT_KEYS))
            return Origin(self._least, _named(scope, scope), named)
        self._left -= needed
        return Origin(self._resource, scope, named)


def _named(said: dict[str, Any], names: Any) -> dict[str, Any]:
    return {name: shortened(text, NAME) for name in names if isinstance(text := said.get(name), str)}
