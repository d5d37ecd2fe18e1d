"""Documents of retrievers and vector stores, in whatever shape, as passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from evaluator.core import bounds
from evaluator.core.trace import Passage
from evaluator.ingest.numbers import MASKED, is_number, number_of
from evaluator.ingest.shapes.parts import read_content
from evaluator.ingest.shapes.structure import NESTING, is_sentence, keyed, plain, structure, text_of

SCORE_KEYS = ("document.score", "score", "relevance_score")

_TEXTS = (
    *("documentcontent", "pagecontent", "content", "text", "body", "chunk", "passage", "snippet", "chunktext"),
    *("documenttext", "document", "value", "excerpt", "pagetext", "contenttext", "extractivesegments"),
    *("extractiveanswers", "partitions", "snippets", "description"),
)
# What the fields of a document may lie in: a node, a payload, the stored fields of a search engine.
_INSIDE = (
    *("document", "node", "payload", "source", "fields", "properties", "entity", "record", "metadata", "chunk"),
    *("item", "initparameters", "textresource", "structdata", "derivedstructdata", "additional", "kwargs"),
    *("sourceasmap", "segment", "textsegment", "embedded", "documentexcerpt", "message"),
)
_LAYERS = 16
_STORED = (
    *("source", "fields", "properties", "entity", "record", "payload", "structdata", "sourceasmap", "document"),
)
"""Those that hold nothing but what was stored under names of the store's owner."""
_IDS = ("documentid", "id", "docid", "idx", "uuid", "nodeid", "fileid", "chunkid", "key")
_SCORES = (
    *("documentscore", "score", "relevancescore", "similarity", "distance", "certainty", "rerankscore"),
    *("searchscore", "searchrerankerscore", "relevance"),
)
_LABELS = {
    *(*_IDS, *_SCORES, "title", "name", "filename", "url", "uri", "link", "path", "source", "author", "date"),
    *("index", "type", "classname", "category", "metadata", "meta"),
}
"""Keys of what is said about a document, in the usual spellings."""
# What a list of documents may lie in. A text under one of `NAMED` is a document even where documents are texts.
NAMED = (
    *("documents", "docs", "passages", "contexts", "context", "chunks", "sourcedocuments", "sourcenodes", "nodes"),
    *("retrieveddocuments", "retrievedcontexts", "retrievedchunks", "references", "retrievedreferences"),
    *("citations", "nodeswithscore"),
)
_AROUND = (
    *("outputs", "output", "results", "result", "data", "matches", "hits", "points", "objects", "items", "response"),
    *("value", "values", "return", "records", "rows", "retrievalresults", "searchresults", "content", "update"),
    *("kwargs", "parts", "resultitems", "webpages", "web", "topk", "dataarray"),
)
_ASKED = {
    *("query", "queries", "searchquery", "searchqueries", "retrievalqueries", "websearchqueries", "question"),
    *("searchparameters", "searchmetadata", "request", "params", "responsemetadata", "usage", "manifest"),
}
"""Beside what was found, what was asked and how: none of it was found."""
_UNKNOWN, _NAMED_SO, _KNOWN = 0, 1, 2
"""Whether something is a list of documents: it only may be, it has the name of one, a retriever gave it."""
_COLUMNS = (("ids", "id"), ("distances", "score"), ("scores", "score"))
"""Lists beside a list of texts, entry by entry."""


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
        parsed = _lines(value)
    if parsed is None:
        return passages([value]) if certain and isinstance(value, str) else ()
    return _found_in(parsed, _KNOWN if certain else _UNKNOWN, 0)


def _lines(value: Any) -> list[Any] | None:
    """The objects in a text of JSON lines; None for any other text."""
    if not isinstance(value, str) or value.lstrip()[:1] != "{" or "\n" not in value.strip():
        return None
    read = [structure(line) for line in value.splitlines() if line.strip()]
    return read if all(isinstance(one, dict) for one in read) else None


def _found_in(value: list[Any] | dict[str, Any], certain: int, depth: int) -> tuple[Passage, ...]:
    if depth > NESTING:
        return ()
    if isinstance(value, list):
        return _of_list(value, certain, depth) or (_of_rows(value) if certain == _KNOWN else ())
    said = keyed(value)
    if found := _of_columns(said):
        return found
    for name in _present(NAMED, said):
        inner = structure(said[name]) or said[name]
        if isinstance(inner, list | dict) and (found := _found_in(inner, certain or _NAMED_SO, depth + 1)):
            return found
        if certain and isinstance(inner, str) and inner.strip() and not _is_document(said):
            return passages([inner])
    if _is_document(said):
        return passages([value])
    for name in _present(_AROUND, said):
        inner = structure(said[name]) or said[name]
        if isinstance(inner, list | dict) and (found := _found_in(inner, certain, depth + 1)):
            return found
    looked = {*_present(NAMED, said), *_present(_AROUND, said)}
    told = {key for key in said if key not in looked and key not in _ASKED}
    rest = [said[key] for key in said if key in told and isinstance(said[key], list | dict)]
    if len(rest) + sum(not _is_text(said[key]) for key in looked) == len(told) + len(looked):  # by a name, or by ids
        return tuple(p for inner in rest for p in _found_in(inner, certain, depth + 1))
    return _of_fields(value) if certain == _KNOWN else ()


def _present(names: tuple[str, ...], said: dict[str, Any]) -> list[str]:
    """Those of the names that an object has. Most have few of them, and there are many objects."""
    return [name for name in names if name in said]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and structure(value) is None


def _of_columns(said: dict[str, Any]) -> tuple[Passage, ...]:
    """Documents of which texts, ids and scores come in lists of their own, as Chroma gives them."""
    texts = structure(said.get("documents"))
    if not isinstance(texts, list) or not isinstance(said.get("ids"), list):
        return ()
    batch = bool(texts) and all(isinstance(inner, list) for inner in texts)
    texts = [text for inner in texts for text in inner] if batch else texts
    rows: list[dict[str, Any]] = [{"text": text} for text in texts]
    for column, name in _COLUMNS:
        entries = said.get(column)
        if isinstance(entries, list):
            listed = [e for inner in entries if isinstance(inner, list) for e in inner] if batch else entries
            for row, entry in zip(rows, listed, strict=False):
                row[name] = entry
    return passages(rows)


def _of_list(items: list[Any], certain: int, depth: int) -> tuple[Passage, ...]:
    out: list[Passage] = []
    # One that shows what it is tells it of its neighbours, of which each says as much as was known of it.
    certain = certain or (_NAMED_SO if any(isinstance(i, dict) and _is_document(keyed(i)) for i in items) else 0)
    for item in items:
        parsed = structure(item)
        if isinstance(item, str) and not isinstance(parsed, dict):
            out += passages([item]) if certain else ()
        elif isinstance(parsed, list):
            row = _row(parsed)
            out += passages([row]) if row is not None else _found_in(parsed, certain, depth + 1)
        elif isinstance(parsed, dict) and (certain or _is_document(keyed(parsed))):
            out += _in_quotes(parsed, depth) or passages([parsed]) or _found_in(parsed, certain, depth + 1)
    return tuple(out)


def _of_rows(items: list[Any]) -> tuple[Passage, ...]:
    """Rows without a sentence, which are facts all the same."""
    rows = [row for row in items if isinstance(row, dict)]
    fields = ((plain(key), value) for row in rows for key, value in row.items())
    told = any(key not in _LABELS and value not in (None, "", [], {}) for key, value in fields)
    return passages([text_of(items)]) if told else ()


def _in_quotes(block: dict[str, Any], depth: int) -> tuple[Passage, ...]:
    """The documents in a text block whose text is the JSON of documents, as tools of MCP give them."""
    if block.keys() - {"type", "text", "annotations"} or depth > NESTING:
        return ()
    inner = structure(block.get("text"))
    return _found_in(inner, _UNKNOWN, depth + 1) if inner is not None else ()


def _row(item: list[Any]) -> dict[str, Any] | None:
    """A document beside its score, or the fields of one in a row: its text is the longest."""
    if len(item) == 2 and isinstance(item[0], dict) and isinstance(item[1], int | float):
        return {"score": item[1], **item[0]}
    texts = [value for value in item if isinstance(value, str)]
    numbers = [value for value in item if is_number(value)]
    if not texts or not numbers or any(isinstance(value, list | dict) for value in item):
        return None
    text = max(texts, key=len)
    return {"text": text, "id": next((t for t in texts if t is not text), None), "score": numbers[-1]}


def _is_document(said: dict[str, Any]) -> bool:
    """Whether an object under its plain keys looks like a document and nothing else."""
    if "pagecontent" in said or "documentcontent" in said or said.get("type") == "Document":
        return True
    if isinstance(said.get("node"), dict) and "score" in said:
        return True
    if isinstance(said.get("kwargs"), dict) and "page_content" in said["kwargs"]:
        return True
    texts = any(isinstance(said.get(key), str) for key in ("content", "text", "chunk", "passage", "snippet"))
    return texts and bool(said.keys() & {"score", "metadata", "meta", "embedding"}) and "role" not in said


def _passages(document: Any) -> Iterator[Passage]:
    parsed = structure(document)
    if isinstance(document, str) and not isinstance(parsed, dict):
        if document.strip() and document != MASKED:
            yield Passage(text=document)
    elif isinstance(parsed, dict):
        layers = _layers(parsed)
        text = next((text for layer in layers if (text := _text(layer)) is not None), None)
        if text is not None:
            yield _passage(text, layers)


def _layers(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects under plain keys that the fields of a document may lie in, outermost first."""
    layers = [keyed(document)]
    for layer in layers:
        for name in _present(_INSIDE, layer) if len(layers) < _LAYERS else ():
            inner = structure(layer[name])
            if isinstance(inner, dict):
                layers.append(keyed(inner))
    return layers


def _of_fields(document: dict[str, Any]) -> tuple[Passage, ...]:
    """A document whose text has a name of its owner's: its only sentence, else all its fields as JSON."""
    layers = _layers(document)
    if found := passages([document]):
        return found
    stored = next((layers[0][name] for name in _STORED if isinstance(layers[0].get(name), dict)), document)
    fields = {key: value for key, value in stored.items() if plain(key) not in _LABELS and value != MASKED}
    spoken = [value for value in fields.values() if is_sentence(value)]
    if not spoken:
        return ()
    return (_passage(spoken[0] if len(spoken) == 1 else text_of(stored) or "", layers),)


def _passage(text: str, layers: list[dict[str, Any]]) -> Passage:
    scores = (number_of(layer[key], bounds.SCORE) for layer in layers for key in _present(_SCORES, layer))
    ids = (layer[key] for layer in layers for key in _present(_IDS, layer))
    named = (str(i) for i in ids if isinstance(i, str | int) and not isinstance(i, bool) and str(i).strip())
    return Passage(text=text, id=next(named, None), score=next((s for s in scores if s is not None), None))


def _of_each(value: Any) -> str:
    """The texts of the pieces that a document was found in."""
    pieces = value if isinstance(value, list) else [value]
    layers = [keyed(piece) for piece in pieces if isinstance(piece, dict)]
    found = ([said[key] for key in _present(_TEXTS, said) if isinstance(said[key], str)] for said in layers)
    return "\n".join(texts[0] for texts in found if texts)


def _text(said: dict[str, Any]) -> str | None:
    for key in _present(_TEXTS, said):
        value = said[key]
        if (isinstance(value, list) and value) or (key == "content" and isinstance(value, dict)):
            value = read_content(value).said or _of_each(value)
        if key == "document" and isinstance(structure(value), dict):
            continue  # an object of its own, which is looked into after this one
        if isinstance(value, str) and value.strip() and value != MASKED:
            return value
    return None
