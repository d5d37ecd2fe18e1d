"""Which samples a judge has been shown with their verdicts, as examples: what it says of them proves nothing."""

from __future__ import annotations

from evaluator.core.outcome import ScoreKind
from evaluator.store.repositories.review.waves import Target
from evaluator.store.store import ProjectUnit


def shown_as_examples(home: ProjectUnit, fingerprint: str) -> frozenset[Target]:
    """The samples (target kind, target id) that stand in the rubric of an evaluator version; none where it is no
    judge, or its rubric can not be read."""
    try:
        version = home.evaluators.get(fingerprint)
    except ValueError:
        return frozenset()
    if version is None or version.spec.kind is not ScoreKind.JUDGE:
        return frozenset()
    name = version.name.partition(":")[2]
    stored = home.rubrics.get(name, str(version.manifest["parameters"].get("version")))
    examples = stored.definition.examples if stored is not None else ()  # no shipped one has any of a project
    return frozenset((one.sample.target_kind, one.sample.target_id) for one in examples if one.sample is not None)
