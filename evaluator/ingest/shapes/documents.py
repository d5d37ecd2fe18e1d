"""Documents of retrievers and vector stores, in whatever shape, as passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from evaluator.core import bounds
from evaluator.core.trace import Passage
from evaluator.ingest.numbers import MASKED, number_of
from evaluator.ingest.shapes.parts import read_content
from evaluator.ingest.shapes.structure import NESTING, keyed, leaves, structure, text_of

SCORE_KEYS = ("document.score", "score", "relevance_score")

_TEXTS = (
    *("documentcontent", "pagecontent", "content", "text", "body", "chunk", "passage", "snippet", "chunktext"),
    *("documenttext", "document", "value", "excerpt", "pagetext", "contenttext"),
)
# What the fields of a document may lie in: a node, a payload, the stored fields of a search engine.
_INSIDE = ("document", "node", "payload", "source", "fields", "properties", "entity", "metadata", "chunk", "item")
_IDS = ("documentid", "id", "docid", "idx", "nodeid", "fileid", "chunkid", "key")
_SCORES = ("documentscore", "score", "relevancescore", "similarity", "distance", "certainty", "rerankscore")
# What a list of documents may lie in. A text under one of `_NAMED` is a document even where documents are texts.
_NAMED = (
    *("documents", "docs", "passages", "contexts", "context", "chunks", "sourcedocuments", "sourcenodes", "nodes"),
    *("retrieveddocuments", "retrievedcontexts", "retrievedchunks", "references", "citations", "nodeswithscore"),
)
_AROUND = (
    *("outputs", "output", "results", "result", "data", "matches", "hits", "points", "objects", "items", "response"),
    *(
        "value",
        "values",
        "return",
        "records",
        "rows",
        "retrievalresults",
        "searchresults",
        "content",
        "update",
        "kwargs",
    ),
)


def passages(documents: Iterable[Any]) -> tuple[Passage, ...]:
    """Passages from documents in whatever shape: texts, or objects with a text and perhaps an id and a score.

    A document without text (today's GenAI convention asks only for id and score) is no passage.
    """
    return tuple(found for document in documents for found in _passages(document))


def passages_in(value: Any, *, certain: bool = True) -> tuple[Passage, ...]:
    """The documents in an output, wherever in it they lie, also as JSON text.

    Args:
        value: text, a list or an object.
        certain: whether it is known that these are documents (a retriever's output): then a list of texts, and a
            text, count as well. Else only what lies under a name of documents, or looks like none but a document.
    """
    parsed = structure(value)
    if parsed is None:
        return passages([value]) if certain and isinstance(value, str) else ()
    found = _found_in(parsed, certain, 0)
    if found or not certain:
        return found
    # Ids and scores alone are no text that an answer could lean on.
    said = any(isinstance(leaf, str) and " " in leaf.strip() for leaf in leaves(parsed))
    whole = text_of(value) if said else None
    return passages([whole]) if whole else ()


def _found_in(value: Any, certain: bool, depth: int) -> tuple[Passage, ...]:
    if depth > NESTING:
        return ()
    if isinstance(value, list):
        return _of_list(value, certain, depth)
    if not isinstance(value, dict):
        return ()
    said = keyed(value)
    for name in _NAMED:
        inner = structure(said.get(name)) or said.get(name)
        if isinstance(inner, list | dict) and (found := _found_in(inner, True, depth + 1)):
            return found
        if certain and isinstance(inner, str) and inner.strip() and not _is_document(said):
            return passages([inner])
    if _is_document(said):
        return passages([value])
    for name in _AROUND:
        inner = structure(said.get(name)) or said.get(name)
        if isinstance(inner, list | dict) and (found := _found_in(inner, certain, depth + 1)):
            return found
    if len(said) == 1:
        return _found_in(next(iter(said.values())), certain, depth + 1)
    return passages([value]) if certain else ()


def _of_list(items: list[Any], certain: bool, depth: int) -> tuple[Passage, ...]:
    if certain and all(isinstance(item, str) for item in items):
        return passages(items)
    out: list[Passage] = []
    for item in items:
        if isinstance(item, str):
            out += passages([item]) if certain else ()
        elif isinstance(item, list):
            pair = _scored_pair(item)
            out += passages([pair]) if pair is not None else _found_in(item, certain, depth + 1)
        elif isinstance(item, dict) and (certain or _is_document(keyed(item))):
            out += passages([item]) or _found_in(item, certain, depth + 1)
    return tuple(out)


def _scored_pair(item: list[Any]) -> dict[str, Any] | None:
    """A document beside its score, as vector stores give them."""
    if len(item) == 2 and isinstance(item[0], dict) and isinstance(item[1], int | float):
        return {"score": item[1], **item[0]}
    return None


def _is_document(said: dict[str, Any]) -> bool:
    """Whether an object under its plain keys looks like a document and nothing else."""
    if "pagecontent" in said or "documentcontent" in said or said.get("type") == "Document":
        return True
    if isinstance(said.get("node"), dict) and "score" in said:
        return True
    texts = any(isinstance(said.get(key), str) for key in ("content", "text", "chunk", "passage", "snippet"))
    return texts and bool(said.keys() & {"score", "metadata", "meta", "embedding"}) and "role" not in said


def _passages(document: Any) -> Iterator[Passage]:
    parsed = structure(document)
    document = {"text": document} if isinstance(document, str) and not isinstance(parsed, dict) else parsed
    if not isinstance(document, dict):
        return
    said = keyed(document)
    layers = [said]
    for name in _INSIDE:
        inner = structure(said.get(name))
        if isinstance(inner, dict):
            layers.append(keyed(inner))
    text = next((text for layer in layers if (text := _text(layer)) is not None), None)
    if text is None:
        return
    scores = (number_of(layer.get(key), bounds.SCORE) for layer in layers for key in _SCORES)
    ids = (layer.get(key) for layer in layers for key in _IDS)
    named = (str(i) for i in ids if isinstance(i, str | int) and not isinstance(i, bool) and str(i).strip())
    yield Passage(text=text, id=next(named, None), score=next((s for s in scores if s is not None), None))


def _text(said: dict[str, Any]) -> str | None:
    for key in _TEXTS:
        value = said.get(key)
        if isinstance(value, list) and value:
            value = read_content(value).said
        if key == "document" and isinstance(structure(value), dict):
            continue  # an object of its own, which is looked into after this one
        if isinstance(value, str) and value.strip() and value != MASKED:
            return value
    return None
