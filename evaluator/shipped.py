"""The data that faithline ships: criteria, rubrics, golden sets and the demo. The one module that finds and reads it.

In a checkout the folders lie at the repository's root; in an installed wheel they lie in `evaluator/_data`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evaluator.core.documents import read_yaml
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.evaluator import GoldenItem, golden_version
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.rubric import Rubric, SomeRubrics
from evaluator.core.unknown import EXTRA, first_error, unknown_field

_PACKAGE = Path(__file__).parent


def data_dir(name: str) -> Path:
    """The folder of shipped data `name` (``"rubrics"``, ``"golden_sets"`` or ``"demo"``). Raises NotFound."""
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        if (root / name).is_dir():
            return root / name
    raise NotFound("shipped data", name, "Install faithline again")


def demo_dir() -> Path:
    """The folder of the demo's documents and traces. Raises NotFound."""
    return data_dir("demo")


def read_items(path: Path) -> list[GoldenItem]:
    """The items of a golden set from JSON lines. Raises InvalidInput naming the line and the field."""
    items: list[GoldenItem] = []
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    items.append(_item(line, f"{path.name} line {number}"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("path", f"{path} cannot be read ({type(error).__name__})") from error
    return items


def read_card(folder: Path) -> dict[str, Any]:
    """What `set.yaml` says of a golden set; empty where there is none. Raises InvalidInput if it is no mapping."""
    path = folder / "set.yaml"
    card = read_yaml(path.read_text(encoding="utf-8"), str(path)) if path.is_file() else {}
    if not isinstance(card, dict):
        raise InvalidInput(str(path), "must be a mapping", "Give name, title, description and licence")
    for name in ("title", "description"):
        if not isinstance(card.get(name, ""), str):
            raise InvalidInput(f"{path}: {name}", "must be text")
    return card


def _item(line: str, place: str) -> GoldenItem:
    try:
        return GoldenItem.model_validate(json.loads(line))
    except ValidationError as error:
        first = first_error(error.errors())
        remedy = unknown_field(GoldenItem, first["loc"]) if first["type"] == EXTRA else ""
        raise InvalidInput(f"{place}: {'.'.join(map(str, first['loc'])) or 'item'}", first["msg"], remedy) from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput(place, f"is not JSON ({error})", "Give one JSON object on each line") from error


@lru_cache(maxsize=1)
def golden_sets() -> dict[str, list[GoldenItem]]:
    """The items of every shipped golden set, by the set's name."""
    return {path.parent.name: read_items(path) for path in sorted(data_dir("golden_sets").glob("*/items.jsonl"))}


@lru_cache(maxsize=1)
def rubrics() -> dict[str, Rubric]:
    """Every shipped rubric, by name."""
    files = sorted(data_dir("rubrics").glob("*.yaml"))
    found = [Rubric.model_validate(read_yaml(path.read_text(encoding="utf-8"), path.name)) for path in files]
    return {rubric.name: rubric for rubric in found}


@lru_cache(maxsize=1)
def criteria() -> dict[str, CriterionDefinition]:
    """Every shipped criterion, by name."""
    files = sorted((data_dir("rubrics") / "criteria").glob("*.yaml"))
    found = [CriterionDefinition.model_validate(read_yaml(p.read_text(encoding="utf-8"), p.name)) for p in files]
    return {criterion.name: criterion for criterion in found}


class ShippedGolden:
    """The shipped golden sets as a `GoldenIndex`, for files scored without a server."""

    def version(self, name: str, version: str | None = None) -> str:
        """The version hash of the shipped set `name`. Raises NotFound for another name or another version."""
        sets = golden_sets()
        if name not in sets:
            raise NotFound("golden set", name, f"Shipped are: {', '.join(sets)}")
        found = golden_version(sets[name])
        if version not in (None, found):
            raise NotFound("golden set", f"{name} at version {version}", f"The shipped version is {found}")
        return found

    def items(self, name: str, version: str) -> Sequence[GoldenItem]:
        """The items of the shipped set `name` at `version`. Raises NotFound."""
        self.version(name, version)
        return golden_sets()[name]


def shipped_rubrics() -> SomeRubrics:
    """The shipped rubrics as a `RubricIndex`, for files scored without a server."""
    return SomeRubrics([*rubrics().values()])
