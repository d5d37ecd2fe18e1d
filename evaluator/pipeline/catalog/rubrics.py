"""Registers rubrics, and finds the one that is meant: the project's own, else the shipped one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from evaluator import shipped
from evaluator.core.access import LOCAL
from evaluator.core.bounds import RUBRIC
from evaluator.core.bounds import RUBRICS as MOST
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.ids import canonical_json
from evaluator.core.ports import Clock
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.rubric import Rubric
from evaluator.core.rubric_text import folded
from evaluator.pipeline.catalog.criteria import CRITERIA
from evaluator.pipeline.catalog.documents import parse_document
from evaluator.pipeline.catalog.known import Catalog, Known, check_texts
from evaluator.store.store import Store, Unit

KnownRubric = Known[Rubric]

RUBRICS: Catalog[Rubric] = Catalog(
    "rubric", "faithline rubrics push", MOST,
    shipped=lambda: shipped.rubrics(), stored=lambda unit, project: unit.of(project).rubrics,
)  # fmt: skip

_CONNECTION = frozenset(
    folded(name)
    for name in (
        "base_url", "url", "api_base", "endpoint", "host", "api_url", "api_key", "key", "token", "secret", "password",
        "headers", "extra_headers", "authorization", "proxy", "api_key_env", "organization",
    )
)  # fmt: skip
"""What says where a model is reached and with which key, as people name it."""
_SAME = 1e-9
"""Values of a scale that is turned around differ by as much from those that were written."""


def parse_rubric(definition: Any) -> Rubric:
    """A rubric from what a user wrote.

    Raises:
        InvalidInput: names the first field that is wrong.
    """
    if isinstance(definition, Mapping):
        _refuse_connections(definition)
    found = parse_document(Rubric, definition, "rubric", "docs/rubrics.md")
    _check_texts(found)
    _check_size(found)
    return found


def document_of(rubric: Rubric) -> dict[str, Any]:
    """A rubric as somebody would write it, to be changed and pushed: what `parse_rubric` takes."""
    examples = [each.model_dump(mode="json", exclude_defaults=True) for each in rubric.examples]
    return rubric.model_dump(mode="json", exclude_none=True) | {"examples": examples}


def push_rubric(store: Store, project: str, rubric: Rubric, clock: Clock, *, actor: str = LOCAL) -> KnownRubric:
    """Store `rubric` as a version of its name, and the one that is used from now on.

    Raises:
        InvalidInput: what `push_rubrics` refuses.
    """
    return push_rubrics(store, project, [rubric], clock, actor=actor)[0]


def push_rubrics(
    store: Store, project: str, rubrics: Sequence[Rubric], clock: Clock, *, actor: str = LOCAL
) -> list[KnownRubric]:
    """Store all of `rubrics`, or none of them.

    Raises:
        InvalidInput: a text of one holds what is not shown, it is too large, its criterion is not known to the
            project or says something else of the same labels, two have one name, or the project has too many rubrics.
    """
    for rubric in rubrics:
        _check_texts(rubric)
        _check_size(rubric)  # which examples from labels have added to
    for name, times in Counter(rubric.name for rubric in rubrics).items():
        if times > 1:
            problem = f"{name!r} stands there {times} times, and one version is in use"
            raise InvalidInput("rubric.name", problem, "Push one version at a time")
    now = clock.now()
    with store.write() as unit:
        unit.projects.ensure(project, now)
        for rubric in rubrics:
            _check_criterion(unit, project, rubric)
        return [RUBRICS.push(unit, project, rubric, now, actor) for rubric in rubrics]


def rubrics_of(unit: Unit, project: str, name: str | None = None) -> list[KnownRubric]:
    """Every version that a project can use, of one rubric or of all (`Catalog.every`)."""
    return RUBRICS.every(unit, project, name)


def rubrics_in_use(unit: Unit, project: str) -> list[KnownRubric]:
    """Of every rubric, the version that a new rule would judge by; by name."""
    return RUBRICS.in_use(unit, project)


def known_rubric(unit: Unit, project: str, name: str, version: str | None = None) -> KnownRubric:
    """The rubric `name` at `version`, else its newest: as the project pushed it, else as it is shipped.

    Raises:
        NotFound: there is no such rubric or version, naming what there is.
    """
    return RUBRICS.known(unit, project, name, version)


def rubric_of(unit: Unit, project: str, name: str, version: str | None = None) -> Rubric:
    """What `known_rubric` finds, without where it comes from. Raises NotFound."""
    return known_rubric(unit, project, name, version).definition


def keep_rubric(unit: Unit, project: str, evaluator: str, now: datetime) -> None:
    """Keep in the project the rubric that an evaluator is named after (``rubric:NAME``), if there is one: what a rule
    is pinned to outlives an upgrade."""
    family, _, name = evaluator.partition(":")
    if family == "rubric":
        with suppress(NotFound):
            RUBRICS.ensure_stored(unit, project, name, now)


class StoredRubrics:
    """The rubrics of one project, its own and shipped ones, as judges see them (`core.rubric.RubricIndex`)."""

    def __init__(self, store: Store, project: str) -> None:
        self._store, self._project = store, project

    def version(self, name: str, version: str | None = None) -> str:
        """The version hash that `name` (at `version`, or the one in use) has. Raises NotFound."""
        with self._store.read() as unit:
            return known_rubric(unit, self._project, name, version).version

    def rubric(self, name: str, version: str) -> Rubric:
        """The rubric `name` at `version`. Raises NotFound."""
        with self._store.read() as unit:
            return rubric_of(unit, self._project, name, version)


def _check_texts(rubric: Rubric) -> None:
    lines = rubric.texts() | {name: getattr(rubric, name) for name in ("description", "version_note")}
    words = {name: getattr(rubric, name) for name in ("title", "model")}
    words |= {f"scale.choices.{i}.label": label for i, label in enumerate(rubric.scale.labels)}
    for i, example in enumerate(rubric.examples):  # the material of an example may be as hostile as a sample is
        lines[f"examples.{i}.explanation"] = example.explanation
        lines |= {f"examples.{i}.missing.{name}": why for name, why in example.missing.items()}
    check_texts("rubric", lines, words)


def _check_size(rubric: Rubric) -> None:
    size = len(canonical_json(rubric.model_dump(mode="json")))
    if size > RUBRIC.most:
        problem = f"has {size:,} characters as JSON, and a judge reads all of it with every sample"
        raise InvalidInput("rubric", problem, f"Use {RUBRIC.size:,} at most: fewer or shorter examples")


def _refuse_connections(definition: Mapping[Any, Any]) -> None:
    """Raises InvalidInput where a rubric says how a provider is reached: whoever pushes one may not send samples or
    keys wherever they like. Values are not told: they may be keys."""
    for path, name in _named(definition):
        if folded(name) in _CONNECTION:
            remedy = "Operators configure providers in the settings (FAITHLINE_JUDGE_…); name one as `provider`"
            raise InvalidInput(f"rubric.{path}", "is no field: a rubric does not say how a model is reached", remedy)


def _named(definition: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    """The fields of a rubric, and those within its `provider` or `model`, where somebody wrote more than a name."""
    for name, value in definition.items():
        if isinstance(name, str):
            yield name[:80], name[:80]
        if name in ("provider", "model") and isinstance(value, Mapping):
            yield from ((f"{name}.{inner[:80]}", inner[:80]) for inner in value if isinstance(inner, str))


def _check_criterion(unit: Unit, project: str, rubric: Rubric) -> None:
    """Raises InvalidInput where no person could answer the rubric's criterion, or would mean something else by it."""
    try:
        criterion = CRITERIA.known(unit, project, rubric.criterion.name).definition
    except NotFound as missing:
        remedy = f"Push it first with `{CRITERIA.command}`. {missing.remedy}"
        raise InvalidInput("rubric.criterion.name", "is no criterion of this project", remedy) from None
    if (found := disagreement(rubric, criterion)) is not None:
        raise InvalidInput(*found)


def disagreement(rubric: Rubric, criterion: CriterionDefinition) -> tuple[str, str, str] | None:
    """What a rubric says otherwise than its criterion by the same label: field, problem and remedy. None where they
    agree, or share no label. People's answers are held against a judge's, label by label and value by value."""
    for i, choice in enumerate(rubric.scale.choices):
        level, bad = criterion.level(choice.label), rubric.scale.bad(choice.label)
        if level is None or abs(level.bad - bad) <= _SAME:
            continue
        value = rubric.scale.scale.badness(level.bad)  # turned around, or as it is
        problem = f"{choice.label!r} is {bad:g} bad, and {level.bad:g} by the criterion {criterion.name!r}"
        return f"rubric.scale.choices.{i}.value", problem, f"Send {value:g}, or give it another label"
    return None
