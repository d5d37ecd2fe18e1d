"""The one evaluator for all rubrics: ``rubric:NAME`` asks a language model and reads its verdict into the scale."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from evaluator.core.bounds import MODEL_NAME
from evaluator.core.criterion import BAD_FROM, Criterion
from evaluator.core.errors import FaithlineError, InvalidInput
from evaluator.core.evaluator import EvaluatorSpec, GoldenIndex, ModelRef, Resource
from evaluator.core.ids import uniform
from evaluator.core.judge import JudgeError, Judges, NotOffered, Price, Provider
from evaluator.core.outcome import Failure, Outcome, Reason, ScoreKind
from evaluator.core.rubric import RubricIndex
from evaluator.core.trace import Sample
from evaluator.evaluators.common import missing, number, quoted, text, too_large
from evaluator.evaluators.rubric.asking import CALLS, Asking, Heard, Spent, ended, heard_in
from evaluator.evaluators.rubric.material import GoldenAnswers, in_parts, material_of
from evaluator.evaluators.rubric.outcomes import failure_of, outcome_of
from evaluator.judges.fence import marks_in
from evaluator.judges.prompt import PROMPT_VERSION
from evaluator.judges.size import MARK_TOKENS, about_tokens
from evaluator.judges.suspicion import attempts
from evaluator.judges.verdict import SCHEMA_VERSION

VERSION = "1"
MOST_REPEATS = 9
MOST_SEED = 2**53
"""What JSON carries to every server as it is."""


class RubricEvaluator:
    """A value on a rubric's scale: of one verdict, or the mean of `repeats`. The share `repeat_share` of samples is
    asked about twice, which changes no score and tells how steady the judge is."""

    spec: EvaluatorSpec
    patience: ClassVar[float] = 100.0
    """How long a batch may take (s): below what is allowed to a single sample, so that no process is ended for a slow
    provider."""

    def __init__(
        self,
        *,
        member: str,
        version: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        base_url: str | None = None,
        repeats: int = 1,
        repeat_share: float = 0.02,
        temperature: float | None = 0.0,
        seed: int | None = None,
        max_output_tokens: int = 512,
        explain: bool = True,
        expected: bool = True,
        golden_set: str | None = None,
        golden_version: str | None = None,
        rubrics: RubricIndex | None = None,
        judges: Judges | None = None,
        golden: GoldenIndex | None = None,
    ) -> None:
        """The rubric `member` at `version` (default: the newest now; it stays pinned), asked of `model` at `provider`
        (default: the rubric's, else the configured ones), or at `base_url`, if the operator allows its host.

        `expected`: the value is the expected one over the probabilities of the verdicts, where the provider gives
        them. `explain`: the judge writes a reason before its verdict. `golden_set` at `golden_version` holds the
        golden answers of a rubric that needs them. `temperature` None leaves it to the provider.

        Raises InvalidInput, and NotFound for a rubric, provider or golden set that there is not.
        """
        if rubrics is None or judges is None:
            raise InvalidInput("evaluator", "rubrics need a source of rubrics and of judges")
        self._version = rubrics.version(member, None if version is None else text("version", version))
        self._rubric = rubrics.rubric(member, self._version)
        self._base_url = None if base_url is None else text("base_url", base_url)
        self._provider = _provider(judges, provider, self._rubric.provider, self._base_url)
        self._model = self._provider.model(_model_name(model or self._rubric.model or self._provider.default_model))
        self._price = _known(self._model.price, self._model.name)
        self._repeats = int(number("repeats", _whole("repeats", repeats), 1, MOST_REPEATS))
        self._share = number("repeat_share", repeat_share, 0.0, 1.0)
        self._temperature = None if temperature is None else number("temperature", temperature, 0.0, 2.0)
        self._seed = None if seed is None else int(number("seed", _whole("seed", seed), -MOST_SEED, MOST_SEED))
        self._longest = int(number("max_output_tokens", _whole("max_output_tokens", max_output_tokens), 16, 32_768))
        self._explain, self._expected = _flag("explain", explain), _flag("expected", expected)
        self._golden_set = _golden(self._rubric.inputs, golden_set, golden_version, golden)
        self._golden: dict[str, str] | None = None
        self.spec = self._spec(member)

    def _spec(self, member: str) -> EvaluatorSpec:
        scale = self._rubric.scale
        return EvaluatorSpec(
            name=f"rubric:{member}",
            version=VERSION,
            title=self._rubric.title,
            description=self._rubric.description,
            needs=self._rubric.needs_of_sample,
            labels=scale.labels,
            scale=scale.scale,
            kind=ScoreKind.JUDGE,
            resource=Resource.PROVIDER,
            criterion=Criterion(name=self._rubric.criterion.name, threshold=BAD_FROM),
        )

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "version": self._version,
            "provider": self._provider.name if self._base_url is None else None,
            "model": self._model.name,
            **({} if self._base_url is None else {"base_url": self._base_url}),
            "repeats": self._repeats,
            "repeat_share": self._share,
            "temperature": self._temperature,
            "seed": self._seed,
            "max_output_tokens": self._longest,
            "explain": self._explain,
            "expected": self._expected,
            "golden_set": self._golden_set and self._golden_set.name,
            "golden_version": self._golden_set and self._golden_set.version,
            "prompt": PROMPT_VERSION,
            "schema": SCHEMA_VERSION,
        }

    @property
    def models(self) -> Sequence[ModelRef]:
        return ()  # a provider's; it is named in the parameters, and nobody knows the hash of its weights

    @property
    def waiting(self) -> str | None:
        """What is to be done before this judge can be asked, as a sentence with a command; None where it can."""
        return self._provider.missing

    def open(self) -> None:
        if self._golden is None:
            self._golden = self._golden_set.by_prompt() if self._golden_set else {}

    def close(self) -> None:
        self._golden = None

    def price(self, samples: Sequence[Sample]) -> list[float]:
        if self._price == Price(input=0.0, output=0.0):
            return [0.0] * len(samples)
        self.open()
        asking = self._asking()
        return [self._bound(asking, sample) for sample in samples]

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        if self._golden is None:
            raise FaithlineError("this evaluator is not open: call open() before score()")
        if (missing_judge := self.waiting) is not None:
            return [Failure(reason=Reason.PROVIDER_ERROR, message=missing_judge, cost=0.0, wait=60.0)] * len(samples)
        asking, until = self._asking(), time.monotonic() + self.patience
        found = asking.client.run([self._judged(asking, sample, until) for sample in samples])
        return [_outcome(one) for one in found]

    def _asking(self) -> Asking:
        return Asking(
            rubric=self._rubric,
            client=self._provider.client(),
            model=self._model.name,
            price=self._price,
            max_output_tokens=self._longest,
            temperature=self._temperature,
            seed=self._seed,
            explain=self._explain,
            expected=self._expected,
        )

    def _parts(self, asking: Asking, sample: Sample) -> list[dict[str, str]] | Failure:
        """What is put before the judge, a call each; or why there is nothing to put before it."""
        if (failure := missing(sample, self.spec.needs) or too_large(sample, self._rubric.inputs)) is not None:
            return _free(failure)
        material = material_of(sample, self._rubric.inputs, self._golden or {})
        if "golden_answer" in self._rubric.needs and "golden_answer" not in material:
            message = f"no golden answer to this question in {self._golden_set and self._golden_set.name}"
            return Failure(reason=Reason.NO_GOLDEN_MATCH, message=message, cost=0.0)
        window = self._model.window
        if window is None:
            return [material]
        room = window - about_tokens(asking.system) - self._longest
        # The marks of the fence are as dense in each part as in the whole.
        tokens = about_tokens(*material.values())
        marked = 1.0 + MARK_TOKENS * sum(map(marks_in, material.values())) / tokens
        parts = in_parts(self._rubric, material, int(room / marked))
        if parts is None:
            message = (
                f"about {int(tokens * marked):,} tokens, and {self._model.name} has room for {room:,} "
                "beside the rubric. Use a model with a larger window, or let the rubric say how parts are put "
                "together (`long`)"
            )
            return Failure(reason=Reason.TOO_LONG, message=message, cost=0.0)
        return parts

    def _bound(self, asking: Asking, sample: Sample) -> float:
        parts = self._parts(asking, sample)
        if isinstance(parts, Failure):
            return 0.0
        verdicts = self._repeats + self._is_repeated(sample)
        return CALLS * verdicts * sum(asking.bound(asking.request(part, _LONGEST_PROBLEM)) for part in parts)

    def _is_repeated(self, sample: Sample) -> bool:
        """Whether a sample is asked about once more, to see how steady the judge is: by its content, for ever."""
        once = self._repeats == 1 and self._share > 0.0
        return once and uniform("judge-repeat", sample.project, sample.content_hash) < self._share

    async def _judged(self, asking: Asking, sample: Sample, until: float) -> Outcome:
        parts = self._parts(asking, sample)
        if isinstance(parts, Failure):
            return parts
        spent = Spent()
        once = self._is_repeated(sample)
        try:
            rounds = [self._round(asking, parts, until, spent) for _ in range(self._repeats + once)]
            first, *others = await ended(rounds)
            needed = [first] if once else [first, *others]
            counted = [heard_in(one) for one in needed]
        except JudgeError as error:
            return failure_of(error, spent, self._suspected(sample) if spent.charged else ())
        again = next((heard for heard in others if once and isinstance(heard, Heard)), None)
        return outcome_of(
            self._rubric, sample, counted, spent, again=again, parts=len(parts), suspected=self._suspected(sample)
        )  # fmt: skip

    def _suspected(self, sample: Sample) -> list[str]:
        return attempts(material_of(sample, self._rubric.inputs, {}), self.spec.labels)

    async def _round(self, asking: Asking, parts: Sequence[Mapping[str, str]], until: float, spent: Spent) -> Heard:
        """One verdict on a sample: of one read in parts, that of the worst or the best, as the rubric says."""
        heard = [heard_in(one) for one in await ended([asking.verdict(part, until, spent) for part in parts])]
        told = [one for one in heard if one.value is not None]
        if len(heard) == 1 or not told:
            return heard[0]
        assert self._rubric.long is not None
        worst = self._rubric.long.combine == "worst"
        return sorted(told, key=lambda one: self.spec.scale.badness(one.value or 0.0), reverse=worst)[0]


_LONGEST_PROBLEM = "x" * 100
"""As long as any that a second call tells of."""


def _outcome(found: Outcome | BaseException) -> Outcome:
    if isinstance(found, BaseException):
        # What it cost is not known, so its bound is charged. The type alone: messages may quote the content.
        message = f"the judge failed on this sample ({type(found).__name__})"
        return Failure(reason=Reason.EVALUATOR_ERROR, message=message, retryable=True)
    return found


def _free(failure: Failure) -> Failure:
    return Failure(reason=failure.reason, message=failure.message, cost=0.0)


def _model_name(name: str | None) -> str:
    if name is None:
        remedy = "Set FAITHLINE_JUDGE_MODEL, or name one in the rubric or the rule (`parameters: {model: …}`)"
        raise InvalidInput("parameters.model", "is missing, and no default is configured", remedy)
    if len(text("model", name)) > MODEL_NAME.size or not name.isprintable():
        problem = f"must be up to {MODEL_NAME.size} characters that can be seen, got {quoted(name)}"
        raise InvalidInput("parameters.model", problem, "Name a model as its provider does")
    return name


def _provider(judges: Judges, named: str | None, of_rubric: str | None, base_url: str | None) -> Provider:
    if base_url is None:
        return judges.provider(of_rubric if named is None else text("provider", named))
    if named is not None:
        raise InvalidInput("parameters.provider", "stands beside a base_url", "Leave out one of the two")
    try:
        return judges.provider_for_url(base_url)
    except InvalidInput as error:
        raise NotOffered("parameters.base_url", error.problem, error.remedy) from None


def _known(price: Price | None, model: str) -> Price:
    if price is None:
        remedy = (
            "Say what it costs with FAITHLINE_JUDGE_PRICE_INPUT and FAITHLINE_JUDGE_PRICE_OUTPUT (US dollars for a "
            "million tokens; 0 for one of your own), or in the providers' file"
        )
        raise NotOffered("parameters.model", f"nobody knows what {model} costs", remedy)
    return price


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"parameters.{name}", f"must be a whole number, got {quoted(value)}")
    return value


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(f"parameters.{name}", f"must be true or false, got {quoted(value)}")
    return value


def _golden(
    inputs: Sequence[str], name: str | None, version: str | None, golden: GoldenIndex | None
) -> GoldenAnswers | None:
    if "golden_answer" not in inputs:
        if name is not None:
            raise InvalidInput("parameters.golden_set", "is not needed by this rubric", "Leave it out")
        return None
    if name is None or golden is None:
        raise InvalidInput("parameters.golden_set", "is needed: the rubric compares with golden answers", "Name one")
    wanted = None if version is None else text("golden_version", version)
    return GoldenAnswers(golden, name, golden.version(text("golden_set", name), wanted))
