"""The forms of the pages of rubrics: what they ask for, what was typed, and which field was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from evaluator.bootstrap import Services
from evaluator.core.documents import read_yaml
from evaluator.core.errors import FaithlineError, InvalidInput, NotFound
from evaluator.core.judge import Judges, Provider
from evaluator.core.rubric import Rubric
from evaluator.core.unknown import shortened
from evaluator.pipeline.operations.judges.versions import pinned_judges
from evaluator.pipeline.trial.run import MOST, Asked, spent_today
from evaluator.pipeline.trial.wanted import wanted_trial
from evaluator.store.store import Unit

DRAFT = "rubric"
"""What errors call a rubric that is not pushed yet."""
_PARAMETERS = ("provider", "model", "golden_set")
_DIGITS = 9
_OF_KIND = {"provider": "provider", "active rule": "rule", "golden set": "golden_set"}
"""The field that names a thing which there is not, by its kind."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What could not be taken: the field of the form (empty: none of them), and what to do, in words."""

    field: str
    said: str


@dataclass(frozen=True, slots=True)
class TrialForm:
    """What somebody asks to have tried, as they typed it: `text` is a rubric that is not pushed yet (empty: the
    registered one, at `version` if that is named)."""

    version: str = ""
    text: str = ""
    provider: str = ""
    model: str = ""
    golden_set: str = ""
    size: str = "10"
    rule: str = ""
    rate: str = "1"
    examples_from_labels: str = ""
    """So many examples more, of a rubric that is not pushed yet."""

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> TrialForm:
        """As a form says it; fields that it leaves out are as they are by default."""
        names = ("version", "provider", "model", "golden_set", "size", "rule", "rate", "examples_from_labels")
        given = {name: sent[name].strip() for name in names if name in sent}
        return cls(text=sent.get("definition", ""), **given)

    def asked(self, unit: Unit, project: str, name: str) -> Asked:
        """Raises InvalidInput and NotFound for what can not be tried."""
        draft = draft_of(self.text) if self.text else None
        given = {one: value for one in _PARAMETERS if (value := getattr(self, one))}
        return wanted_trial(
            unit, project, name=None if self.text else name, version=self.version or None, definition=draft,
            parameters=given, size=_whole("size", self.size), rule=self.rule or None, rate=_number("rate", self.rate),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offered:
    """A provider that can be chosen."""

    name: str
    model: str | None
    there: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What the form of a trial offers to choose from, and what a trial may cost.

    `default` is who is asked unless another one is chosen, and `waits_for` what is to be done before that can be.
    Money in US dollars: `spent` today by trials, of `limit`.
    """

    providers: list[Offered]
    default: Offered | None
    waits_for: str
    rules: list[str]
    golden_sets: list[str]
    spent: float
    limit: float
    most: int = MOST


def offer(services: Services, unit: Unit, project: str, rubric: Rubric, now: datetime) -> Offer:
    """What can be chosen for a trial of `rubric`."""
    home = unit.of(project)
    default, waits_for = _default(services.judges, rubric)
    sets = sorted({found.name for found in home.golden_sets.versions()}) if "golden_answer" in rubric.inputs else []
    return Offer(
        providers=[_offered(one) for one in services.judges.providers()],
        default=default,
        waits_for=waits_for,
        rules=[stored.rule.name for stored in home.rules.active()],
        golden_sets=sets,
        spent=spent_today(home, now),
        limit=services.settings.trial_usd_per_day,
    )


def form_for(unit: Unit, project: str, rubric: Rubric, version: str) -> TrialForm:
    """The form as it stands at first: of a rubric that a rule judges by, the rule says what a day costs."""
    judges = [one for one in pinned_judges(unit.of(project)) if one.active and one.rubric == rubric.name]
    rules = [stored.rule.name for one in judges for stored in one.rules if stored.retired_at is None]
    return replace(TrialForm(version=version), rule=next(iter(rules), ""))


def draft_of(text: str) -> Any:
    """The value of a rubric that somebody typed. Raises InvalidInput."""
    return read_yaml(text, DRAFT)


def count_of(field: str, text: str) -> int | None:
    """The whole number that somebody typed into a field that may be left empty. Raises InvalidInput."""
    return _whole(field, text) if text.strip() else None


def wrong_of(error: FaithlineError) -> Wrong:
    """Which field of a form an error is about."""
    field = ""
    if isinstance(error, InvalidInput):
        field = error.field.removeprefix("parameters.")
    elif isinstance(error, NotFound):
        field = _OF_KIND.get(error.kind, "")
    return Wrong(field, f"{str(error).rstrip('.')}.")


def _default(judges: Judges, rubric: Rubric) -> tuple[Offered | None, str]:
    try:
        found = judges.provider(rubric.provider)
    except NotFound as error:
        return None, f"{error}."
    default = _offered(found)
    return replace(default, model=rubric.model or default.model), found.missing or ""


def _offered(provider: Provider) -> Offered:
    return Offered(provider.name, provider.default_model, provider.missing is None)


def _whole(field: str, text: str) -> int:
    if not text.strip().isdecimal() or len(text) > _DIGITS:
        raise InvalidInput(field, f"{shortened(text)!r} is no whole number", "Write one in digits, as 10")
    return int(text)


def _number(field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(field, f"{shortened(text)!r} is no number", "Write one as 0.05") from None
