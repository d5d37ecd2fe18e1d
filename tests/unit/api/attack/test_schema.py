"""Requests made from the description of the API, good ones and bad ones: answers are always those it promises."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from evaluator.core.access import Scope
from tests.support.doors import OURS, Doors

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def attack(app: Any, keys: Sequence[dict[str, str]], examples: int) -> tuple[int, dict[str, str]]:
    """Send `examples` good and as many bad requests to every route, each with every key.

    Returns how many were answered, and the first of each kind of broken promise by route.
    """
    schema = schemathesis.openapi.from_asgi("/openapi.json", running(app))
    sent = 0
    broken: dict[str, str] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @given(case=operation.as_strategy(mode))
            @settings(
                max_examples=examples, deadline=None, derandomize=True, database=None,
                suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
            )  # fmt: skip
            def one(case: Any) -> None:
                nonlocal sent
                for headers in keys:
                    sent += 1
                    try:
                        case.call_and_validate(headers=headers, checks=CHECKS)
                    except FailureGroup as failures:
                        for failure in failures.exceptions:
                            name = f"{case.operation.label}: {failure}"[:200]
                            broken.setdefault(name, f"{failure}\n{case.as_curl_command()[:1500]}")

            with suppress(Unsatisfiable):  # nothing about this route can be wrong
                one()
    return sent, broken


def running(app: Any) -> Any:
    """The application, that its client is not to start once more."""

    async def started(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("it is running already")
        await app(scope, receive, send)

    return started


@pytest.mark.parametrize("examples", [3, pytest.param(150, marks=pytest.mark.prove)])
def test_every_route_keeps_its_promises_to_every_scope(doors: Doors, examples: int) -> None:
    with doors.client() as client:
        sent, broken = attack(client.app, [doors.bearer(OURS, scope) for scope in Scope], examples)
    assert broken == {}
    assert sent > 400
