"""The parameters that the evaluators on Hugging Face models share, and what they pin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import ModelRef
from evaluator.core.ids import content_hash
from evaluator.evaluators.common import number, text
from evaluator.models.hub.files import Checkpoint, is_folder, locate, locate_foundation
from evaluator.models.hub.resolve import Overrides, resolve_use
from evaluator.models.hub.use import ModelUse, Task
from evaluator.models.runtime import Runtime

if TYPE_CHECKING:
    from evaluator.models.hub.loading import Network

DTYPES = ("fp32", "bf16")
FOLDERS = ("model", "foundation")
"""Parameters that may name a folder of the machine."""
_MIN_LENGTH, _MIN_SPANS_LENGTH = 64, 256
_MAX_LENGTH = 32768


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model that was found, how it is read, and what was asked for."""

    checkpoint: Checkpoint
    foundation: Checkpoint | None
    use: ModelUse
    dtype: str
    given: Mapping[str, Any]

    @property
    def parameters(self) -> dict[str, Any]:
        """What was given, with the commits that it led to; the rest of the use, known or guessed, by its hash."""
        return {**self.given, "use": content_hash(asdict(replace(self.use, foundation=None)))}

    @property
    def models(self) -> tuple[ModelRef, ...]:
        foundation = (self.foundation.ref,) if self.foundation else ()
        return (self.checkpoint.ref, *foundation)

    def network(self, runtime: Runtime) -> Network:
        """The loaded model. Raises ModelUnavailable."""
        from evaluator.models.hub.loading import Network

        return Network(self.checkpoint, self.foundation, self.use, runtime, self.dtype)


def find_model(
    tasks: Sequence[Task], model: str, revision: str | None, dtype: str, overrides: Mapping[str, Any]
) -> HubModel:
    """The model named by a path or a name of the hub, for one of `tasks`; `overrides` are fields of `Overrides`.

    Raises:
        InvalidInput: a parameter that does not fit, or a model whose labels say too little.
        ModelUnavailable: it can not be found, or holds only pickled weights.
    """
    text("model", model)
    if revision is not None:
        text("revision", revision)
    if dtype not in DTYPES:
        raise InvalidInput("parameters.dtype", f"must be one of {', '.join(DTYPES)}, got {dtype!r}")
    given = _checked(overrides)
    checkpoint = locate(model, revision)
    use = resolve_use(model, checkpoint.config, tasks, given)
    if use.task is Task.SPANS and use.max_length < _MIN_SPANS_LENGTH:
        raise InvalidInput("parameters.max_length", f"must be {_MIN_SPANS_LENGTH} or more for a model for spans")
    foundation = locate_foundation(use.foundation) if use.foundation else None
    pinned: dict[str, Any] = {
        **overrides,
        "model": model,
        "revision": None if is_folder(model) else checkpoint.revision,
        "dtype": dtype,
        "bad_labels": None if given.bad_labels is None else list(given.bad_labels),
    }
    if foundation is not None and use.foundation is not None and not is_folder(use.foundation):
        pinned["foundation"] = f"{foundation.name}@{foundation.revision}"
    return HubModel(checkpoint, foundation, use, dtype, pinned)


def _checked(overrides: Mapping[str, Any]) -> Overrides:
    """`overrides` with their types checked. Raises InvalidInput naming the parameter."""
    found = dict(overrides)
    for name in ("like", "template", "foundation"):
        if found.get(name) is not None:
            text(name, found[name])
    if found.get("threshold") is not None:
        number("threshold", found["threshold"], 0.0, 1.0)
    if found.get("max_length") is not None:
        found["max_length"] = int(number("max_length", found["max_length"], _MIN_LENGTH, _MAX_LENGTH))
    if not isinstance(found.get("premise_first"), bool | None):
        raise InvalidInput("parameters.premise_first", f"must be true or false, got {found['premise_first']!r}")
    labels = found.get("bad_labels")
    if labels is not None:
        if not isinstance(labels, list | tuple) or not all(isinstance(label, str) for label in labels):
            raise InvalidInput("parameters.bad_labels", f"must be a list of labels, got {labels!r}")
        found["bad_labels"] = tuple(labels)
    return Overrides(**found)
