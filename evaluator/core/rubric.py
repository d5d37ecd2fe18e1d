"""A rubric: what a judge is asked. Immutable versions, named by the hash of their content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, get_args

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from evaluator.core.bounds import EXAMPLES, INSTRUCTIONS, MODEL_NAME, RUBRIC_TEXT, RUBRIC_TITLE
from evaluator.core.errors import NotFound, WrongField
from evaluator.core.ids import content_hash
from evaluator.core.names import Name
from evaluator.core.review.definition import CANNOT_TELL, text_of
from evaluator.core.review.label import Answered
from evaluator.core.rubric_example import Input, RubricExample
from evaluator.core.rubric_scale import RubricScale
from evaluator.core.rubric_text import Part, Said, without_places
from evaluator.core.unknown import instead, shortened


class RubricCriterion(Part):
    name: Name
    """Of the criterion that it judges by, as people answer it (`core.review.definition`)."""
    bad_when: str | tuple[str, ...]
    """What is bad, in words for a judge; or the labels that are."""

    @field_validator("bad_when", mode="before")
    @classmethod
    def _words_or_labels(cls, given: Any) -> Any:
        if isinstance(given, list | tuple) and given and all(isinstance(label, str) for label in given):
            return tuple(given)
        if not isinstance(given, str) or not given.strip() or len(given) > RUBRIC_TEXT.most:
            most = f"{RUBRIC_TEXT.size} characters at most"
            raise ValueError(f"must be words ({most}), or a list of labels; say what is bad")
        return without_places(given.strip())


class LongMaterial(Part):
    """How to judge material that is longer than a model's window: in parts of `field`, of which one counts."""

    field: Literal["context", "answer"]
    combine: Literal["worst", "best"]


class Rubric(Part):
    """Instructions, a scale of labelled choices and worked examples for an LLM judge.

    A version names what is said otherwise than by default (`version`), so a field that is added later must mean by
    its default what held before, and a default is never changed.
    """

    name: Name
    title: Annotated[str, text_of(RUBRIC_TITLE)]
    version_note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=RUBRIC_TEXT.size)] = ""
    """What is new in this version, for people."""
    description: Annotated[str, text_of(RUBRIC_TEXT)]
    """What it judges and what not, for people."""
    criterion: RubricCriterion
    target: Literal["answer"] = "answer"
    inputs: tuple[Input, ...] = Field(default=("question", "context", "answer"), min_length=1)
    """What the judge is shown; the answer is always among it."""
    optional: tuple[Input, ...] = ()
    """Of the inputs, those that a sample may lack: the judge is told that there is none. Without one of the others a
    sample is not judged."""
    scale: RubricScale
    cannot_tell: Said = CANNOT_TELL
    """When the judge is to say so. It counts as a failure, not as a verdict."""
    does_not_apply: Said | None = None
    """When the rubric does not apply to a sample; None: it applies to every one."""
    instructions: Annotated[str, text_of(INSTRUCTIONS, least=20), AfterValidator(without_places)]
    """How to judge, in any language."""
    examples: tuple[RubricExample, ...] = Field(default=(), max_length=EXAMPLES.size)
    long: LongMaterial | None = None
    """None: material that is longer than the model's window is a failure."""
    provider: Name | None = None
    """Of the providers that the operator has configured; None: the default one."""
    model: Annotated[str, text_of(MODEL_NAME)] | None = None
    """None: the provider's default."""

    @field_validator("inputs", "optional")
    @classmethod
    def _once(cls, inputs: tuple[Input, ...]) -> tuple[Input, ...]:
        if len(set(inputs)) < len(inputs):
            raise ValueError("name one twice; name each once")
        return inputs

    @field_validator("inputs")
    @classmethod
    def _with_answer(cls, inputs: tuple[Input, ...]) -> tuple[Input, ...]:
        if "answer" not in inputs:
            raise ValueError("do not have the answer, which is what is judged; add it")
        return inputs

    @field_validator("model")
    @classmethod
    def _no_address(cls, model: str | None) -> str | None:
        if model is not None and "://" in model:
            raise ValueError("is an address; name a model of a provider that the operator has configured")
        return model

    @model_validator(mode="after")
    def _agrees(self) -> Rubric:
        given, bad = self.criterion.bad_when, self.scale.bad_labels
        if not isinstance(given, str) and set(given) != set(bad):
            problem = f"is not what is bad by the values: {', '.join(bad)}"
            raise WrongField("criterion.bad_when", problem, "Name these, or change values")
        for name in self.optional:
            if name == "answer" or name not in self.inputs:
                problem = "the answer is what is judged" if name == "answer" else f"{name} is not among the inputs"
                raise WrongField("optional", problem, "Leave it out")
        if self.long is not None and self.long.field not in self.inputs:
            raise WrongField("long.field", f"the {self.long.field} is not among the inputs", "Add it there")
        for i, example in enumerate(self.examples):
            self._check(f"examples.{i}", example)
        return self

    def _check(self, place: str, example: RubricExample) -> None:
        if example.label not in self.verdicts:
            problem = f"{shortened(example.label)!r} is no choice"
            raise WrongField(f"{place}.label", problem, instead(example.label, self.verdicts, ""))
        for name in get_args(Input):
            given, told = getattr(example, name) is not None, name in example.missing
            if name not in self.inputs and (given or told):
                remedy = "Leave it out, or add it to `inputs`"
                raise WrongField(f"{place}.{name}", "is not shown to the judge", remedy)
            if given and told:
                raise WrongField(f"{place}.missing.{name}", "is not missing", "Leave out one of the two")
            if name in self.needs and not given and not told:
                remedy = "Give it, or say under `missing` why there is none"
                raise WrongField(f"{place}.{name}", "is shown to the judge, and not given", remedy)

    @property
    def verdicts(self) -> tuple[str, ...]:
        """What a judge may answer, in the order in which it is told of them: the choices, and what it may say instead
        of one."""
        outside = () if self.does_not_apply is None else (str(Answered.DOES_NOT_APPLY),)
        return (*self.scale.labels, str(Answered.CANNOT_TELL), *outside)

    @property
    def needs(self) -> tuple[Input, ...]:
        """The inputs without which a sample is not judged."""
        return tuple(name for name in self.inputs if name not in self.optional)

    @property
    def needs_of_sample(self) -> tuple[Input, ...]:
        """Of these, those that a sample itself has to have; a golden answer is found for it."""
        return tuple(name for name in self.needs if name != "golden_answer")

    @property
    def version(self) -> str:
        return content_hash(self.model_dump(mode="json", exclude_defaults=True))[:12]

    def texts(self) -> dict[str, str]:
        """What a judge is told beside the material, by field."""
        found = {"instructions": self.instructions, "cannot_tell": self.cannot_tell}
        found |= {} if self.does_not_apply is None else {"does_not_apply": self.does_not_apply}
        found |= {f"scale.choices.{i}.description": choice.description for i, choice in enumerate(self.scale.choices)}
        bad_when = self.criterion.bad_when
        return found | ({"criterion.bad_when": bad_when} if isinstance(bad_when, str) else {})


@dataclass(frozen=True, slots=True)
class SomeRubrics:
    """Rubrics at hand (`RubricIndex`): of several versions of a name, the first is the one in use."""

    known: Sequence[Rubric]

    def version(self, name: str, version: str | None = None) -> str:
        """As of `RubricIndex`."""
        mine = [rubric.version for rubric in self.known if rubric.name == name]
        if not mine:
            names = sorted({rubric.name for rubric in self.known})
            raise NotFound("rubric", shortened(name), instead(name, names, "Push it with `faithline rubrics push`"))
        if version not in (None, *mine):
            raise NotFound("rubric", f"{name}@{shortened(version or '')}", f"There is {', '.join(mine)}")
        return version or mine[0]

    def rubric(self, name: str, version: str) -> Rubric:
        """As of `RubricIndex`."""
        self.version(name, version)
        return next(found for found in self.known if (found.name, found.version) == (name, version))


class RubricIndex(Protocol):
    """Where a judge gets its rubric from: a project's own, else the shipped ones."""

    def version(self, name: str, version: str | None = None) -> str:
        """The version hash that `name` (at `version`, or the one in use) has. Raises NotFound."""
        ...

    def rubric(self, name: str, version: str) -> Rubric:
        """The rubric `name` at `version`. Raises NotFound."""
        ...
