"""Toxicity and prompt injection by a text classifier from Hugging Face."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from evaluator.core.criterion import Criterion
from evaluator.core.evaluator import EvaluatorSpec, ModelRef
from evaluator.evaluators.hub_model import FOLDERS, find_model
from evaluator.evaluators.prompt_injection import ATTACK, SAFE
from evaluator.evaluators.toxicity import NOT_TOXIC, TOXIC
from evaluator.evaluators.windowed import WorstWindow
from evaluator.models.hub.use import Task
from evaluator.models.runtime import Runtime

_DESCRIPTION = (
    "A text classifier from Hugging Face reads all of the text in overlapping windows; the value is the highest "
    "probability that one of them is {what}."
)


class _HubWindows(WorstWindow):
    """P(bad) of one field of the sample by a model of the hub: the highest over its windows."""

    folders: ClassVar[tuple[str, ...]] = FOLDERS
    task: ClassVar[Task]

    def __init__(
        self,
        *,
        model: str,
        revision: str | None = None,
        dtype: str = "fp32",
        like: str | None = None,
        bad_labels: Sequence[str] | None = None,
        max_length: int | None = None,
        threshold: float | None = None,
        runtime: Runtime | None = None,
    ) -> None:
        """`model`: a name on Hugging Face, or a folder (a path that begins with ``/``, ``./``, ``../`` or ``~``).

        `revision`: branch, tag or commit; whatever it is, the commit is pinned. `dtype`: ``"fp32"``, or ``"bf16"``
        for twice the speed where the hardware has it. For models that are not among the known ones: `like` names a
        known one that is read in the same way, `bad_labels` the outputs that count. `max_length` is in tokens (64 to
        32768), `threshold` in [0, 1]. Raises InvalidInput and ModelUnavailable.
        """
        self._runtime = runtime or Runtime()
        overrides = {"like": like, "bad_labels": bad_labels, "max_length": max_length, "threshold": threshold}
        self._model = find_model((self.task,), model, revision, dtype, overrides)
        self._classifier = None

    @property
    def parameters(self) -> dict[str, Any]:
        return {"field": self.field, **self._model.parameters}

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return self._model.models

    @property
    def _threshold(self) -> float:
        return self._model.use.threshold

    def open(self) -> None:
        from evaluator.models.hub.texts import TextReader

        if self._classifier is None:
            self._classifier = TextReader(self._model.network(self._runtime))


class HubToxicityEvaluator(_HubWindows):
    """P(the answer is toxic), by a model of the hub."""

    task = Task.TOXICITY
    field = "answer"
    spec = EvaluatorSpec(
        name="hub_toxicity",
        version="1",
        title="Toxicity of the answer, by a Hugging Face model",
        description=_DESCRIPTION.format(what="toxic"),
        needs=("answer",),
        labels=(NOT_TOXIC, TOXIC),
        # By label: the threshold belongs to the model that was named.
        criterion=Criterion(name="toxic", bad_labels=(TOXIC,)),
    )


class HubInjectionEvaluator(_HubWindows):
    """P(the question tries to redirect the model), by a model of the hub."""

    task = Task.INJECTION
    field = "question"
    spec = EvaluatorSpec(
        name="hub_injection",
        version="1",
        title="Prompt injection, by a Hugging Face model",
        description=_DESCRIPTION.format(what="an attempt to redirect the application's model"),
        needs=("question",),
        labels=(SAFE, ATTACK),
        criterion=Criterion(name="attack", bad_labels=(ATTACK,)),
    )
