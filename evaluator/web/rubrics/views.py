"""What the pages of rubrics show of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from evaluator.core.documents import as_yaml
from evaluator.core.rubric import Rubric
from evaluator.core.rubric_example import RubricExample
from evaluator.core.rubric_scale import Choice
from evaluator.judges.prompt import NAMES, example_texts, system_of
from evaluator.pipeline.catalog.rubrics import KnownRubric, document_of
from evaluator.pipeline.operations.judges.versions import Pinned, parameters_of, pinned_judges
from evaluator.store.store import ProjectUnit
from evaluator.web.format import tone_of

JUDGES, VERSIONS = 20, 50
"""Judges by a rubric, and its newest versions, that its page names."""


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One verdict that a judge may give; `tone` is ``bad`` or ``good``."""

    row: Choice
    tone: str


@dataclass(frozen=True, slots=True)
class AskedBy:
    """A judge by a rubric: the rules that ask it (`active`), or did, and the version of the rubric that it has."""

    fingerprint: str
    rules: Sequence[str]
    active: bool
    version: str


@dataclass(frozen=True, slots=True)
class RubricRow:
    """A rubric of the list."""

    known: KnownRubric
    choices: list[ChoiceView]
    judges: list[AskedBy]


@dataclass(frozen=True, slots=True)
class ExampleView:
    """An example: its label and tone, and what it shows the judge as (what, text)."""

    row: RubricExample
    tone: str
    texts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a rubric, where it is shown, and where its changes to the one before are, if there is one."""

    known: KnownRubric
    href: str
    changes: str
    current: bool


@dataclass(frozen=True, slots=True)
class RubricView:
    """Everything that the page of a rubric shows of it; `in_use` says whether a new rule would judge by it."""

    known: KnownRubric
    in_use: bool
    choices: list[ChoiceView]
    examples: list[ExampleView]
    long: str
    prompt: str
    yaml: str
    judges: list[AskedBy]
    versions: list[VersionView]
    left_out: int
    """Older versions that are not among them."""


def address_of(name: str, **asked: str) -> str:
    """Where the page of a rubric is."""
    return f"/rubrics/{quote(name, safe='')}" + (f"?{urlencode(asked)}" if asked else "")


def rubric_rows(home: ProjectUnit, found: Sequence[KnownRubric]) -> list[RubricRow]:
    """The list, with the judges that active rules ask: first what rules use, then the project's own."""
    judges = _asked_by(home, [one for one in pinned_judges(home) if one.active])
    rows = [RubricRow(one, choices_of(one.definition), judges.get(one.definition.name, [])) for one in found]
    return sorted(rows, key=lambda row: (not row.judges, row.known.shipped))


def rubric_view(home: ProjectUnit, known: KnownRubric, versions: Sequence[KnownRubric]) -> RubricView:
    """One version; `versions` are all that the rubric has, the newest first."""
    rubric = known.definition
    mine = [one for one in pinned_judges(home) if one.rubric == rubric.name][:JUDGES]
    return RubricView(
        known=known,
        in_use=known.version == versions[0].version,
        choices=choices_of(rubric),
        examples=[_example(rubric, example) for example in rubric.examples],
        long=_long(rubric),
        prompt=system_of(rubric),
        yaml=yaml_of(rubric),
        judges=_asked_by(home, mine).get(rubric.name, []),
        versions=_versions(known, versions)[:VERSIONS],
        left_out=max(0, len(versions) - VERSIONS),
    )


def choices_of(rubric: Rubric) -> list[ChoiceView]:
    """The verdicts that a judge may give, in their order."""
    return [ChoiceView(choice, tone_of(rubric.scale.bad(choice.label))) for choice in rubric.scale.choices]


def yaml_of(rubric: Rubric) -> str:
    """As `faithline rubrics show` prints it."""
    return as_yaml(document_of(rubric))


def _asked_by(home: ProjectUnit, pinned: Sequence[Pinned]) -> Mapping[str, list[AskedBy]]:
    found: dict[str, list[AskedBy]] = defaultdict(list)
    for one in pinned:
        if one.rubric is not None:
            version = str(parameters_of(home, one.fingerprint).get("version") or "")
            found[one.rubric].append(AskedBy(one.fingerprint, one.rule_names, one.active, version))
    return found


def _example(rubric: Rubric, example: RubricExample) -> ExampleView:
    known = example.label in rubric.scale.labels
    given = example_texts(example)
    return ExampleView(
        row=example,
        tone=tone_of(rubric.scale.bad(example.label)) if known else "",
        texts=[(NAMES[name], given[name]) for name in NAMES if name in given],
    )


def _long(rubric: Rubric) -> str:
    if rubric.long is None:
        return "More than the model can read at once is a failure (too long)."
    part, which = rubric.long.field, rubric.long.combine
    return f"More than the model can read at once: the {part} in parts, of which the {which} counts."


def _versions(shown: KnownRubric, versions: Sequence[KnownRubric]) -> list[VersionView]:
    name, found = shown.definition.name, []
    for i, one in enumerate(versions):
        before = versions[i + 1] if i + 1 < len(versions) else None
        changes = "" if before is None else _changes(name, before, one)
        found.append(VersionView(one, address_of(name, version=one.version), changes, one.version == shown.version))
    return found


def _changes(name: str, before: KnownRubric, after: KnownRubric) -> str:
    asked = {"version": after.version, "from": before.version, "to": after.version}
    return f"{address_of(name, **asked)}#changes"
