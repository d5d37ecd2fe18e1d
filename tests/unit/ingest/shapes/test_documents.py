"""Documents as retrievers and vector stores write them: every text, with its id and score where it has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evaluator.ingest.shapes import passages_in

FIRST, SECOND = "Open from nine.", "Closed on Sunday."
Found = list[tuple[str, str | None, float | None]]
BOTH: Found = [(FIRST, None, None), (SECOND, None, None)]
NAMED: Found = [(FIRST, "a", None), (SECOND, "b", None)]
SCORED: Found = [(FIRST, "a", 0.9), (SECOND, "b", 0.5)]
PAIR = ((FIRST, "a", 0.9), (SECOND, "b", 0.5))

CASES: dict[str, tuple[Any, Found]] = {
    "a text": (FIRST, [(FIRST, None, None)]),
    "texts": ([FIRST, SECOND], BOTH),
    "texts under a name": ({"documents": [FIRST, SECOND]}, BOTH),
    "one text under a name": ({"context": FIRST}, [(FIRST, None, None)]),
    "nothing": ([], []),
    "a search without hits": ({"hits": {"total": {"value": 0}, "hits": []}}, []),
    "chroma": (
        {
            "ids": [["a", "b"]],
            "distances": [[0.9, 0.5]],
            "documents": [[FIRST, SECOND]],
            "metadatas": [[{"page": 1}, None]],
            "embeddings": None,
        },
        SCORED,
    ),
    "chroma, without nesting": ({"ids": ["a", "b"], "documents": [FIRST, SECOND], "metadatas": [None, None]}, NAMED),
    "chroma, two queries": (
        {"ids": [["a"], ["b"]], "distances": [[0.9], [0.5]], "documents": [[FIRST], [SECOND]]},
        SCORED,
    ),
    "pinecone": (
        {
            "matches": [{"id": i, "score": s, "values": [], "metadata": {"text": t, "page": 1}} for t, i, s in PAIR],
            "namespace": "",
            "usage": {"read_units": 6},
        },
        SCORED,
    ),
    "pinecone search": (
        {"result": {"hits": [{"_id": i, "_score": s, "fields": {"chunk_text": t}} for t, i, s in PAIR]}, "usage": {}},
        SCORED,
    ),
    "qdrant": (
        {"points": [{"id": i, "version": 0, "score": s, "payload": {"text": t}, "vector": None} for t, i, s in PAIR]},
        SCORED,
    ),
    "qdrant over http": (
        {
            "result": [{"id": i, "score": s, "payload": {"page_content": t, "metadata": {}}} for t, i, s in PAIR],
            "status": "ok",
            "time": 0.001,
        },
        SCORED,
    ),
    "qdrant, documents by themselves": (
        {"points": [{"id": i, "score": s, "payload": {"document": t, "city": "x"}} for t, i, s in PAIR]},
        SCORED,
    ),
    "weaviate": (
        {
            "objects": [
                {"uuid": i, "metadata": {"score": s, "distance": None}, "properties": {"content": t}, "vector": {}}
                for t, i, s in PAIR
            ]
        },
        SCORED,
    ),
    "weaviate over graphql": (
        {"data": {"Get": {"Hours": [{"content": t, "_additional": {"id": i, "certainty": s}} for t, i, s in PAIR]}}},
        SCORED,
    ),
    "elasticsearch": (
        {
            "took": 1,
            "hits": {
                "total": {"value": 2, "relation": "eq"},
                "max_score": 0.9,
                "hits": [
                    {"_index": "hours", "_id": i, "_score": s, "_source": {"title": "Hours", "text": t}}
                    for t, i, s in PAIR
                ],
            },
        },
        SCORED,
    ),
    "elasticsearch, a field of its own": (
        {"hits": {"hits": [{"_id": i, "_score": s, "_source": {"body_content": t, "url": "u"}} for t, i, s in PAIR]}},
        SCORED,
    ),
    "milvus": ([[{"id": i, "distance": s, "entity": {"text": t, "page": 1}} for t, i, s in PAIR]], SCORED),
    "rows": ([{"id": i, "content": t, "metadata": {"page": 1}, "similarity": s} for t, i, s in PAIR], SCORED),
    "rows under a name": (
        {"rows": [{"id": i, "chunk": t, "similarity": s} for t, i, s in PAIR], "rowCount": 2},
        SCORED,
    ),
    "rows as lists": ([["a", FIRST, 0.9], ["b", SECOND, 0.5]], SCORED),
    "openai vector store": (
        {
            "object": "vector_store.search_results.page",
            "search_query": ["hours"],
            "data": [
                {
                    "file_id": i,
                    "filename": "hours.txt",
                    "score": s,
                    "attributes": {},
                    "content": [{"type": "text", "text": t}],
                }
                for t, i, s in PAIR
            ],
            "has_more": False,
        },
        SCORED,
    ),
    "bedrock knowledge base": (
        {
            "retrievalResults": [
                {"content": {"text": t, "type": "TEXT"}, "location": {"s3Location": {"uri": "s3://x/y"}}, "score": s}
                for t, _, s in PAIR
            ]
        },
        [(FIRST, None, 0.9), (SECOND, None, 0.5)],
    ),
    "vertex search": (
        {
            "results": [
                {
                    "id": i,
                    "document": {
                        "name": "projects/x",
                        "id": i,
                        "derivedStructData": {"extractive_segments": [{"content": t, "pageNumber": "1"}]},
                    },
                }
                for t, i, _ in PAIR
            ],
            "totalSize": 2,
        },
        NAMED,
    ),
    "vertex rag": (
        {"contexts": {"contexts": [{"sourceUri": "gs://x", "text": t, "score": s} for t, _, s in PAIR]}},
        [(FIRST, None, 0.9), (SECOND, None, 0.5)],
    ),
    "azure ai search": (
        {
            "@odata.context": "https://x",
            "value": [{"@search.score": s, "id": i, "content": t, "title": "Hours"} for t, i, s in PAIR],
        },
        SCORED,
    ),
    "mongodb": ([{"_id": i, "text": t, "score": s, "source": "hours.txt"} for t, i, s in PAIR], SCORED),
    "redis": ({"total": 2, "docs": [{"id": i, "vector_distance": "0.1", "content": t} for t, i, _ in PAIR]}, NAMED),
    "langchain": (
        [{"id": i, "metadata": {"source": "h"}, "page_content": t, "type": "Document"} for t, i, _ in PAIR],
        NAMED,
    ),
    "langchain constructors": (
        {
            "documents": [
                {
                    "lc": 1,
                    "type": "constructor",
                    "id": ["langchain", "schema", "document", "Document"],
                    "kwargs": {"page_content": t, "metadata": {}, "type": "Document", "id": i},
                }
                for t, i, _ in PAIR
            ]
        },
        NAMED,
    ),
    "langchain in javascript": ([{"pageContent": t, "metadata": {"loc": {}}, "id": i} for t, i, _ in PAIR], NAMED),
    "langchain with scores": (
        [[{"page_content": t, "metadata": {}, "type": "Document", "id": i}, s] for t, i, s in PAIR],
        SCORED,
    ),
    "langgraph state": (
        {"question": "Is it open?", "documents": [{"page_content": t, "metadata": {}} for t, _, _ in PAIR]},
        BOTH,
    ),
    "llamaindex": (
        [
            {
                "node": {"id_": i, "embedding": None, "metadata": {"page": "1"}, "text": t, "class_name": "TextNode"},
                "score": s,
                "class_name": "NodeWithScore",
            }
            for t, i, s in PAIR
        ],
        SCORED,
    ),
    "llamaindex response": (
        {"response": "Yes.", "source_nodes": [{"node": {"id_": i, "text": t}, "score": s} for t, i, s in PAIR]},
        SCORED,
    ),
    "llamaindex, texts of today": (
        {
            "nodes": [
                {
                    "node": {"id_": i, "metadata": {}, "text_resource": {"text": t, "mimetype": None}},
                    "score": s,
                }
                for t, i, s in PAIR
            ]
        },
        SCORED,
    ),
    "haystack": (
        {"documents": [{"id": i, "content": t, "meta": {"file": "h"}, "score": s, "blob": None} for t, i, s in PAIR]},
        SCORED,
    ),
    "haystack of today": (
        {
            "retriever": {
                "documents": [{"id": i, "content": t, "blob": None, "score": s, "file": "h"} for t, i, s in PAIR]
            }
        },
        SCORED,
    ),
    "haystack, written out": (
        {
            "documents": [
                {"type": "haystack.dataclasses.Document", "init_parameters": {"id": i, "content": t, "score": s}}
                for t, i, s in PAIR
            ]
        },
        SCORED,
    ),
    "semantic kernel": (
        {"results": [{"record": {"id": i, "text": t}, "score": s} for t, i, s in PAIR], "total_count": None},
        SCORED,
    ),
    "kernel memory": (
        {
            "query": "hours",
            "results": [
                {"documentId": i, "sourceName": "h", "partitions": [{"text": t, "relevance": s}]} for t, i, s in PAIR
            ],
        },
        NAMED,
    ),
    "cohere rerank": (
        {
            "results": [
                {"index": n, "relevance_score": s, "document": {"text": t}} for n, (t, _, s) in enumerate(PAIR)
            ]
        },
        [(FIRST, None, 0.9), (SECOND, None, 0.5)],
    ),
    "web search": (
        {
            "query": "hours",
            "results": [{"title": "Hours", "url": "https://x", "content": t, "score": s} for t, _, s in PAIR],
            "answer": None,
        },
        [(FIRST, None, 0.9), (SECOND, None, 0.5)],
    ),
    "dspy": ({"passages": [FIRST, SECOND]}, BOTH),
    "mcp result": ({"content": [{"type": "text", "text": FIRST}, {"type": "text", "text": SECOND}]}, BOTH),
    "mcp result with documents in quotes": (
        {"content": [{"type": "text", "text": json.dumps([{"id": i, "text": t, "score": s} for t, i, s in PAIR])}]},
        SCORED,
    ),
    "documents in quotes": ([json.dumps({"id": i, "text": t, "score": s}) for t, i, s in PAIR], SCORED),
    "documents by their ids": (
        {"a": {"text": FIRST, "score": 0.9}, "b": {"text": SECOND, "score": 0.5}},
        [(FIRST, None, 0.9), (SECOND, None, 0.5)],
    ),
    "spring ai": (
        [{"id": i, "text": t, "media": None, "metadata": {"distance": 0.1}, "score": s} for t, i, s in PAIR],
        SCORED,
    ),
    "mlflow": ([{"page_content": t, "metadata": {"doc_uri": "u"}, "id": i} for t, i, _ in PAIR], NAMED),
    "rows without a sentence": (
        [{"name": "Kettle", "price": 20}],
        [('[{"name": "Kettle", "price": 20}]', None, None)],
    ),
    "ids and scores alone": ([{"id": "a", "score": 0.9}], []),
    "one document": ({"id": "a", "text": FIRST, "score": 0.9}, [(FIRST, "a", 0.9)]),
    "numbers as text": ([{"id": 7, "text": FIRST, "score": "0.9"}], [(FIRST, "7", 0.9)]),
    "grounding of a model": (
        {
            "groundingChunks": [{"retrievedContext": {"uri": "u", "text": t}} for t in (FIRST, SECOND)],
            "retrievalQueries": ["opening hours"],
        },
        BOTH,
    ),
    "references of a generated answer": (
        {
            "citations": [
                {
                    "generatedResponsePart": {"textResponsePart": {"text": "At nine, I think."}},
                    "retrievedReferences": [{"content": {"text": t}, "location": {}} for t in (FIRST, SECOND)],
                }
            ]
        },
        BOTH,
    ),
    "result items with excerpts": (
        {
            "ResultItems": [
                {
                    "Id": i,
                    "Type": "DOCUMENT",
                    "DocumentTitle": {"Text": "a title of words"},
                    "DocumentExcerpt": {"Text": t},
                }
                for t, i, _ in PAIR
            ]
        },
        NAMED,
    ),
    "snippets in derived fields": (
        {
            "results": [
                {
                    "id": i,
                    "document": {"name": "n", "derivedStructData": {"snippets": [{"snippet": t, "status": "OK"}]}},
                }
                for t, i, _ in PAIR
            ],
            "totalSize": 2,
        },
        NAMED,
    ),
    "pages of a web search": (
        {"_type": "SearchResponse", "webPages": {"value": [{"id": i, "url": "u", "snippet": t} for t, i, _ in PAIR]}},
        NAMED,
    ),
    "a web search with descriptions": (
        {
            "type": "search",
            "web": {"results": [{"title": "t", "url": "u", "description": t} for t in (FIRST, SECOND)]},
        },
        BOTH,
    ),
    "a web search with what was asked": (
        {
            "searchParameters": {"q": "opening hours", "type": "search"},
            "organic": [{"title": "t", "link": "l", "snippet": t, "position": 1} for t in (FIRST, SECOND)],
        },
        BOTH,
    ),
    "segments": (
        {
            "records": [{"segment": {"content": t, "keywords": ["of words"]}, "score": s} for t, _, s in PAIR],
            "query": {"content": "opening hours"},
        },
        [(FIRST, None, 0.9), (SECOND, None, 0.5)],
    ),
    "embedded segments": (
        [{"score": s, "embeddingId": "e", "embedded": {"text": t, "metadata": {}}} for t, _, s in PAIR],
        [(FIRST, None, 0.9), (SECOND, None, 0.5)],
    ),
    "hits around documents of the owner's names": (
        {
            "found": 2,
            "hits": [
                {"document": {"id": i, "house_rule": t, "title": "t"}, "highlights": [], "text_match": 1}
                for t, i, _ in PAIR
            ],
        },
        NAMED,
    ),
    "ranked passages": ({"topk": [{"pid": 1, "rank": 1, "text": t} for t in (FIRST, SECOND)], "latency": 3.5}, BOTH),
    "rows of columns": (
        {
            "manifest": {"columns": [{"name": "a column of words"}]},
            "result": {"data_array": [[i, t, s] for t, i, s in PAIR]},
        },
        SCORED,
    ),
}


def found(value: Any) -> Found:
    return [(p.text, p.id, p.score) for p in passages_in(value)]


@pytest.mark.parametrize("name", CASES)
def test_documents(name: str) -> None:
    value, expected = CASES[name]
    assert found(value) == expected


@pytest.mark.parametrize("name", [name for name in CASES if isinstance(CASES[name][0], list | dict)])
def test_documents_as_json_in_quotes_and_within_wrappers(name: str) -> None:
    value, expected = CASES[name]
    quoted = json.dumps(value)
    assert found(quoted) == expected
    assert found(json.dumps(quoted)) == expected
    assert found({"output": value}) == expected
    assert found({"result": quoted}) == expected


def test_documents_as_lines_of_json() -> None:
    assert found("\n".join(json.dumps({"id": i, "text": t}) for t, i, _ in PAIR)) == NAMED
    assert found("{ not json\n{ nor this") == [("{ not json\n{ nor this", None, None)]


def test_one_that_shows_what_it_is_tells_it_of_its_neighbours() -> None:
    hits = {"results": [{"url": "u", "score": 0.2, "text": FIRST}, {"url": "v", "text": SECOND}]}
    assert [p.text for p in passages_in(hits, certain=False)] == [FIRST, SECOND]


@pytest.mark.parametrize(
    "value",
    [
        {"answer": "Yes, until nine."},
        {"messages": [{"role": "user", "content": "Is it open?"}]},
        {"question": "Is it open?", "context": "shop"},
        ["red", "blue"],
        [{"role": "assistant", "content": "Yes."}],
        {"name": "Kettle", "metadata": {"text": "a note"}},
        "Is it open?",
        '{"open": true}',
        {"context": {"user": "Ann of Bonn"}},
        {"nodes": [{"label": "a step of a graph"}], "edges": []},
    ],
)
def test_what_is_not_certain_to_be_documents_is_none(value: Any) -> None:
    assert passages_in(value, certain=False) == ()
