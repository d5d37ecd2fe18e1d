"""What every command shares: opening the house, and telling errors in one sentence."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from evaluator.bootstrap import Services, configure_logging, open_services
from evaluator.core.errors import FaithlineError, InvalidInput
from evaluator.core.ports import Hints, Meter
from evaluator.pipeline.access.keys import check_project, enter_project
from evaluator.settings import Settings
from evaluator.store.store import Unit
from evaluator.web.format import visible

PIPED_WIDTH = 200
"""Columns of tables that go to a file or another program, where 80 would cut names off."""


Project = Annotated[str, typer.Option("--project", help="The project that this is about")]


class _Console(Console):
    """Shows control characters instead of sending them to the terminal: texts come from whoever sent them."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(visible(text).replace("\r", "\u240d"), **options)


stdout = _Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
stderr = _Console(stderr=True)


@contextmanager
def tidy_errors() -> Iterator[None]:
    """Print what goes wrong for a known reason as a sentence and exit with 2."""
    try:
        yield
    except FaithlineError as error:
        stderr.print("[red]Error:[/red]", end=" ")
        stderr.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


@contextmanager
def opened(
    settings: Settings | None = None, hints: Hints | None = None, meter: Meter | None = None
) -> Iterator[Services]:
    """The house over the database of the settings, closed on leaving; errors are told tidily."""
    with tidy_errors():
        settings = settings or read_settings()
        configure_logging(settings.log_level, settings.log_format)
        services = open_services(settings, hints=hints, meter=meter)
        try:
            yield services
        finally:
            services.close()


@contextmanager
def opened_for(project: str) -> Iterator[Services]:
    """The house, for a command that writes into a project: which exists, so that a slip of the pen makes none."""
    with opened() as services:
        with services.store.write() as unit:
            enter_project(unit, project, services.clock.now())
        yield services


@contextmanager
def reading(project: str) -> Iterator[tuple[Services, Unit]]:
    """The house and what it holds at one moment, for a command that shows something of a project: which exists, so
    that nobody takes a slip of the pen for a project in which there is nothing."""
    with opened() as services, services.store.read() as unit:
        check_project(unit, project)
        yield services, unit


def read_settings(**given: Any) -> Settings:
    """The settings of the environment, but for those that are `given` (and not None); a wrong one is named by its
    variable. Raises FaithlineError."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "FAITHLINE_" + str(first["loc"][0]).upper()
        raise FaithlineError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from error


def key_value(text: str, form: str, example: str) -> tuple[str, Any]:
    """What ``--param`` is given, of the `form` KEY=VALUE: the value as JSON, else as text. Raises InvalidInput."""
    key, equals, value = text.partition("=")
    if not (equals and key):
        raise wrong_param(text, form, example)
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def wrong_param(text: str, form: str, example: str) -> InvalidInput:
    """The error of a ``--param`` that has another form."""
    return InvalidInput("--param", f"{text!r} is not {form}", f"For example {example}")
