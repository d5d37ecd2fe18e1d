"""Evaluators by name, found through entry points: the built-in ones the same way as anybody's (law 12)."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from evaluator.core.errors import FaithlineError, InvalidInput, NotFound
from evaluator.core.evaluator import Evaluator, EvaluatorSpec, GoldenIndex
from evaluator.core.judge import Judges
from evaluator.core.rubric import RubricIndex
from evaluator.core.unknown import instead, shortened
from evaluator.models.hub.files import is_folder
from evaluator.models.runtime import Runtime

log = logging.getLogger(__name__)

GROUP = "faithline.evaluators"
_MEMBER = "member"
_HANDED_IN = ("golden", "runtime", "rubrics", "judges", _MEMBER)
"""Constructor arguments that are not parameters: given to the evaluators that name them. One that names `member` is a
family: of ``rubric:politeness`` it is handed ``politeness``."""


@lru_cache(maxsize=1)
def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name)}


def _entry_of(name: str) -> EntryPoint | None:
    """That of an evaluator, or of the family that it is of."""
    return _entries().get(name) or _entries().get(name.partition(":")[0])


def names() -> list[str]:
    """The names of all evaluators that are installed and can be loaded, sorted; families apart."""
    return [name for name in _entries() if (cls := _usable(name)) is not None and not _is_family(cls)]


def evaluator_class(name: str) -> type[Evaluator]:
    """The class of the evaluator `name`. Raises NotFound (also for a plug-in that cannot be loaded, saying why)."""
    family, colon, _ = name.partition(":")
    entry = _entry_of(name)
    if entry is None:
        raise NotFound("evaluator", name, instead(name, _listed(), "None is installed"))
    try:
        cls = _load(entry)
    except Exception as error:  # a plug-in may raise anything while it is imported
        problem = f"{type(error).__name__}: {error}"
        raise NotFound("evaluator", name, f"{entry.value} cannot be loaded ({problem})") from error
    if entry.name != name and not _is_family(cls):
        raise NotFound("evaluator", name, f"{family} is no family of evaluators. Name it as {family}")
    if not colon and _is_family(cls):
        raise NotFound("evaluator", name, f"It is a family of evaluators. Name one of it as {name}:NAME")
    return cls


def specs() -> list[EvaluatorSpec]:
    """The spec of every evaluator that can be loaded, by name; without those whose spec depends on parameters."""
    found = [getattr(_usable(name), "spec", None) for name in _entries()]
    return [spec for spec in found if isinstance(spec, EvaluatorSpec)]


def create(
    name: str,
    parameters: Mapping[str, Any] | None = None,
    golden: GoldenIndex | None = None,
    runtime: Runtime | None = None,
    rubrics: RubricIndex | None = None,
    judges: Judges | None = None,
) -> Evaluator:
    """A new evaluator `name` with `parameters`, not yet open. Imports no torch.

    `golden`, `runtime`, `rubrics` and `judges` are handed to the evaluators whose constructor names them.

    Raises:
        NotFound: no such evaluator; the message lists those that exist.
        InvalidInput: a parameter that it does not have, lacks, or cannot take.
        ModelUnavailable: its weights are not installed.
    """
    cls = evaluator_class(name)
    given = dict(parameters or {})
    accepted, needed = _signature(cls)
    known = [p for p in accepted if p not in _HANDED_IN]
    for key in given:
        if key not in known:
            remedy = instead(key, known, f"{name} takes no parameters")
            raise InvalidInput(f"parameters.{shortened(key)}", f"is not a parameter of {name}", remedy)
    for key in needed:
        if key not in given and key not in _HANDED_IN:
            raise InvalidInput(f"parameters.{key}", f"is needed by {name}", "Add it")
    handed: dict[str, Any] = {"golden": golden, "runtime": runtime, "rubrics": rubrics, "judges": judges}
    handed[_MEMBER] = name.partition(":")[2]
    given.update({key: value for key, value in handed.items() if key in accepted and value is not None})
    made = cls(**given)
    if made.spec.name != name:
        raise NotFound("evaluator", name, f"{cls.__qualname__} made one that is named {made.spec.name!r}")
    return made


def refuse_folders(name: str, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that name a folder of this machine, for whoever asks from another one.

    An evaluator says in its attribute `folders` which of its parameters can. Nothing is said of what is there.

    Raises:
        InvalidInput: one of them does.
    """
    entry = _entry_of(name)
    cls = _usable(entry.name) if entry else None  # whoever makes it says that there is none
    for key in getattr(cls, "folders", ()):
        value = parameters.get(key)
        if isinstance(value, str) and is_folder(value):
            remedy = "Name a model of the hub, or push the rule at the machine itself with `faithline rules push`"
            raise InvalidInput(f"parameters.{key}", "names a folder, which is not taken over HTTP", remedy)


def restore(
    name: str,
    parameters: Mapping[str, Any],
    golden: GoldenIndex | None = None,
    runtime: Runtime | None = None,
    rubrics: RubricIndex | None = None,
    judges: Judges | None = None,
) -> Evaluator:
    """The evaluator that once had `parameters` (`Evaluator.parameters`, which also holds what its code decides).

    Only those that its constructor takes are handed in, and what its attribute `unsaid` holds of those that are not
    among them: parameters that came later, as they were before. Compare the fingerprint to see if it is the same one.
    """
    cls = evaluator_class(name)
    accepted, _ = _signature(cls)
    said = {**getattr(cls, "unsaid", {}), **parameters}
    chosen = {key: value for key, value in said.items() if key in accepted}
    return create(name, chosen, golden, runtime, rubrics, judges)


def _signature(cls: type[Evaluator]) -> tuple[list[str], list[str]]:
    """The keyword arguments that `cls` takes, and those without a default."""
    parameters = [
        p
        for p in inspect.signature(cls).parameters.values()
        if p.kind in (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    ]
    return [p.name for p in parameters], [p.name for p in parameters if p.default is inspect.Parameter.empty]


def _load(entry: EntryPoint) -> type[Evaluator]:
    cls: type[Evaluator] = entry.load()
    declared = isinstance(cls, type) and any("spec" in vars(c) | getattr(c, "__annotations__", {}) for c in cls.mro())
    spec = getattr(cls, "spec", None)
    # One that belongs to the instance is looked at when there is an instance.
    if not declared or not (isinstance(spec, EvaluatorSpec) or spec is None or hasattr(spec, "__get__")):
        raise FaithlineError("it is not a class with an EvaluatorSpec in `spec`")
    if isinstance(spec, EvaluatorSpec) and spec.name != entry.name:
        raise FaithlineError(f"its spec is named {spec.name!r}")
    _signature(cls)
    return cls


def _is_family(cls: type[Evaluator]) -> bool:
    return _MEMBER in _signature(cls)[0]


def _listed() -> list[str]:
    """What can be named."""
    found = {name: cls for name in _entries() if (cls := _usable(name)) is not None}
    return [f"{name}:NAME" if _is_family(cls) else name for name, cls in found.items()]


def _usable(name: str) -> type[Evaluator] | None:
    """The class of `name`, or None (and a warning) where a plug-in is broken: the others must not go with it."""
    try:
        return _load(_entries()[name])
    except Exception as error:  # noqa: BLE001 - a plug-in may raise anything while it is imported
        log.warning("skipped the evaluator %s: %s: %s", name, type(error).__name__, error)
        return None
