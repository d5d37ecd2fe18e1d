"""What the commands for registered documents (criteria, rubrics) share: reading files, printing YAML and changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import typer

from evaluator.cli.common import stdout
from evaluator.cli.rules import read_documents
from evaluator.core.documents import as_yaml
from evaluator.core.errors import InvalidInput
from evaluator.core.unknown import instead, shortened
from evaluator.pipeline.catalog.known import Known
from evaluator.web.format import visible

Parsed = TypeVar("Parsed")


def read_definitions(
    file: str, shipped: Mapping[str, Parsed], kind: str, parse: Callable[[Any], Parsed]
) -> list[Parsed]:
    """The documents of a file, all of which can be taken, or a shipped one by name. Raises InvalidInput."""
    if file in shipped:
        return [shipped[file]]
    try:
        there = Path(file).is_file()
    except (OSError, ValueError):  # no path at all
        there = False
    if not there:
        problem = f"{shortened(file)!r} is neither a file nor the name of a shipped {kind}"
        raise InvalidInput("file", problem, instead(file, shipped, "Install faithline again"))
    return [parse(definition) for definition in read_documents(Path(file))]


def print_yaml(document: Mapping[str, Any]) -> None:
    """Print a document as YAML that can be changed and pushed."""
    typer.echo(visible(as_yaml(document)), nl=False)


def print_diff(old: Known[Any], new: Known[Any], lines: Sequence[str]) -> None:
    """Print which two versions were compared, and what differs."""
    for each, sign in ((old, "---"), (new, "+++")):
        _say(f"{sign} {each.definition.name} {each.version} ({each.source})")
    for line in lines or ["They say the same."]:
        _say(line)


def _say(line: str) -> None:
    stdout.print(line, markup=False, highlight=False, soft_wrap=True)
