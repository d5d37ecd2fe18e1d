"""The development sets of faithfulness: rows of question, passages, answer and label (1 = bad)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from training.data import digest, held_out, read_lines

FAITHFULNESS_SETS = {
    "RAGTruth-dev": "faithfulness/ragtruth.test_subset.dev",
    "QAGS": "faithfulness/qags_cnndm.test",
    "WiCE-dev": "faithfulness/wice_claim.dev",
    "SummEval-dev": "faithfulness/summeval.test.dev",
    "FaithDial-audit-dev": "faithfulness/faithdial_audit.test.dev",
    "XSumFaith-dev": "faithfulness/xsumfaith.test_with_article.dev",
    "DialSummEval-dev": "faithfulness/dialsummeval.test.dev",
    "BEGIN-CMU-dev": "faithfulness/begin_cmu.dev",
    "HaluEval-QA": "faithfulness/halueval_qa.subset",
    "WiCE-spans-dev": "faithfulness/wice_tokens.dev",
}
"""Name in tables and file of every development set; none of their labels trained a shipped network."""

FITTED_SETS = ("RAGTruth-dev", "WiCE-dev", "SummEval-dev", "FaithDial-audit-dev", "XSumFaith-dev")
"""Those whose licence allows it: they fit the combination of the shipped detector."""


Part = Literal["dev", "confirm", "all"]
PARTS: tuple[Part, ...] = ("dev", "confirm", "all")
CONFIRM = 4
"""One in so many contexts of every set is not tuned on. It is opened once, at the end, to confirm what dev said."""


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled answer; ``group`` names what answers share (their context), ``part`` a task within a set."""

    id: str
    question: str
    passages: tuple[str, ...]
    answer: str
    label: int
    group: str
    part: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    """Ranges of the answer that people marked as wrong."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A set by the name that tables use, or why it is missing."""

    name: str
    items: list[Item]
    missing: str = ""


def limited(items: list[Item], limit: int | None) -> list[Item]:
    """The first ``limit`` items in the order of their hashes, in the file's order; all without a limit."""
    if limit is None or limit >= len(items):
        return items
    kept = {item.id for item in sorted(items, key=lambda item: digest(item.id))[:limit]}
    return [item for item in items if item.id in kept]


def faithfulness_sets(data: Path, demo: Path, limit: int | None, part: Part = "all") -> list[LabelledSet]:
    """All development sets, and the demo's own labels where it is there."""
    return [*(read_set(data, name, limit, part) for name in FAITHFULNESS_SETS), _demo(demo, limit)]


def read_set(data: Path, name: str, limit: int | None = None, part: Part = "all") -> LabelledSet:
    """One development set by its name, or a part of it."""
    path = data / f"{FAITHFULNESS_SETS[name]}.jsonl.gz"
    if not path.is_file():
        return LabelledSet(name, [], f"{path} is not there")
    items = [item for item in map(_item, read_lines(path)) if part == "all" or confirms(item) == (part == "confirm")]
    return LabelledSet(name, limited(items, limit))


def confirms(item: Item) -> bool:
    """Whether an answer belongs to the part that is not tuned on: with all that share its context."""
    return held_out(f"confirm:{item.group}", CONFIRM)


def _item(row: dict[str, Any]) -> Item:
    context = row.get("context") or []
    passages = (context,) if isinstance(context, str) else tuple(context)
    return Item(
        id=str(row["id"]),
        question=row.get("question") or "",
        passages=passages,
        answer=row["answer"],
        label=int(row["label"]),
        group="\n".join(passages),
        part=str(row.get("meta", {}).get("task", "")) if str(row["id"]).startswith("ragtruth") else "",
        spans=tuple((int(span[0]), int(span[1])) for span in row.get("spans") or ()),
    )


def _demo(folder: Path, limit: int | None) -> LabelledSet:
    files = folder / "documents.jsonl", folder / "traces.jsonl"
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        return LabelledSet("demo", [], f"{missing[0]} is not there")
    documents = {row["id"]: row["text"] for row in read_lines(files[0])}
    items = [
        Item(
            id=str(row["id"]),
            question=row["question"],
            passages=tuple(documents[key] for key in row["document_ids"]),
            answer=row["answer"],
            label=int(row["label"]),
            group=",".join(row["document_ids"]),
        )
        for row in read_lines(files[1])
        if row.get("document_ids")
    ]
    return LabelledSet("demo", limited(items, limit))
