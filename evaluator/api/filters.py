"""Filters that are one parameter for each field. Each is declared: the description of the API tells them all, and one
that there is not can be refused (`api.parameters`)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query


class ExactQuery:
    """Which fields of a trace must have which value, as a dependency of a route: those of `lists.EXACT`."""

    def __init__(
        self,
        model: str | None = None,
        prompt_version: str | None = None,
        environment: str | None = None,
        service: str | None = None,
        session: str | None = None,
        user: Annotated[str | None, Query(description="by name or pseudonym")] = None,
        status: Annotated[str | None, Query(description="ok, error or unset")] = None,
        sender: Annotated[str | None, Query(description="by its id: docs/senders.md")] = None,
    ) -> None:
        fields = {
            "model": model, "prompt_version": prompt_version, "environment": environment, "service": service,
            "session": session, "user": user, "status": status, "sender": sender,
        }  # fmt: skip
        self.values = {name: value for name, value in fields.items() if value is not None}


class SliceQuery:
    """Of which slice a series is asked for, as a dependency of a route: ``slice.NAME`` for `SLICE_DIMENSIONS`."""

    def __init__(
        self,
        model: Annotated[str | None, Query(alias="slice.model")] = None,
        prompt_version: Annotated[str | None, Query(alias="slice.prompt_version")] = None,
        environment: Annotated[str | None, Query(alias="slice.environment")] = None,
        service: Annotated[str | None, Query(alias="slice.service")] = None,
        stratum: Annotated[str | None, Query(alias="slice.stratum")] = None,
    ) -> None:
        fields = {
            "model": model, "prompt_version": prompt_version, "environment": environment, "service": service,
            "stratum": stratum,
        }  # fmt: skip
        self.values = {name: value for name, value in fields.items() if value is not None}
