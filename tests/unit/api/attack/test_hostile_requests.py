"""Text, numbers, addresses, methods and bodies that nobody sends by accident: answered, never with a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from tests.support.doors import Doors, routes

TEXTS = (
    "%00", "a%00b", "%ff%fe", "%ed%a0%80", "..%2f..%2fetc%2fpasswd", "%2e%2e", "%25%30%30", "%0d%0aX-Evil:%201",
    quote("'; DROP TABLE trace; --"), quote("{{7*7}}"), quote("\u202e\ufeff"), "%F0%9F%92%A9", "x" * 4000, "+", "%25",
)  # fmt: skip
NUMBERS = ("-1", "9" * 30, "1e400", "NaN", "0x10", "١", "1_000", "")
TIMES = (
    "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "1e10", "-62135596800", "253402300800",
    "2026-11-20T12:00:00%2B23:59", "99999999999999999999", "2026-13-45", "1969-12-31T00:00:00Z", "9999-12-31",
)  # fmt: skip
HUGE = int("9" * 400)
LEAVES = (
    '"a\\u0000b"', '"\\ud800"', '"\\udfff\\ud800"', str(HUGE), str(2**64), str(-(2**63) - 1), "NaN", "-Infinity",
    "1e400", "1e-400", "null", "true", "[]", "{}", '{"\\u0000": 1}', '{"\\ud800": 1}', "[" * 70 + "]" * 70,
    '"' + "x" * 70_000 + '"',
    "-0.0", '""', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', "[[[null]]]", "0.1e1",
)  # fmt: skip
BODIES: dict[str, Any] = {
    "/api/v1/rules": {
        "name": "r", "description": "d", "evaluator": "answer_relevance", "parameters": {"a": 1}, "rate": 0.5,
        "salt": "s", "fingerprint": "f", "target": "answer", "criterion": {"name": "c", "threshold": 0.5},
        "filter": [{"field": "model", "op": "in", "value": ["m"]}], "budget": {"usd_per_day": 1.0},
        "strata": [{"name": "x", "rate": 1, "when": [{"field": "metadata.k", "value": "v"}]}],
    },
    "/api/v1/golden-sets": {
        "name": "g", "title": "t", "description": "d",
        "items": [{"id": "1", "prompt": "p", "responses": ["r"], "metadata": {"k": "v"}}],
    },
    "/api/v1/criteria": {
        "name": "c", "title": "t", "question": "q?", "guidance": "g", "scale": "categorical", "cannot_tell": "c",
        "does_not_apply": "d", "marks": "m",
        "levels": [{"label": label, "title": "t", "bad": bad, "when": "w"} for bad, label in enumerate("ab")],
    },
    "/api/v1/rubrics": {
        "name": "r", "title": "t", "version_note": "v", "description": "d", "target": "answer",
        "criterion": {"name": "toxic", "bad_when": ["bad"]}, "inputs": ["context", "answer", "tool_calls"],
        "optional": ["context"], "cannot_tell": "c", "does_not_apply": "d", "instructions": "Judge the answer by it.",
        "scale": {"type": "binary", "direction": "higher_is_better", "choices": [
            {"label": label, "value": value, "description": label} for value, label in enumerate(("bad", "good"))
        ]},
        "examples": [{
            "context": ["c"], "answer": "a", "tool_calls": [{"name": "t", "arguments": "{}", "error": "e"}],
            "missing": {}, "label": "good", "explanation": "e",
            "sample": {"target_kind": "answer", "target_id": "t", "content_hash": "h"},
        }],
        "long": {"field": "answer", "combine": "worst"}, "provider": "local", "model": "m",
    },
    "/api/v1/keys": {"name": "k", "scopes": ["read"], "expires_in_days": 1},
    "/api/v1/rules/{name}/backfill": {"from": "2026-11-01T00:00:00Z", "to": "2026-11-30T00:00:00Z", "dry_run": True},
    "/api/v1/dead-letters/replay": {"ids": [1]},
    "/api/v1/waves": {
        "criterion": "shouts", "rule": "ours-rule", "from": "2026-11-01T00:00:00Z", "to": "2026-11-30T00:00:00Z",
        "filter": [{"field": "metadata.k", "op": "in", "value": ["v"]}], "size": 5, "second_share": 0.5,
        "design": {"kind": "stratified", "by": "model", "minimum": 1}, "top_up": "wave-1", "dry_run": True,
    },
    "/api/v1/review/next": {"wave": "wave-1"},
    "/api/v1/labels": {
        "trace_id": "ours-trace", "target_id": "ours-trace", "content_hash": "h", "criterion": "shouts",
        "level": "loud", "spans": [{"start": 0, "end": 2}], "comment": "c",
    },
    "/api/v1/labels/import": {"labels": [{
        "task": "task-1", "trace_id": "ours-trace", "criterion": "shouts", "level": "loud", "annotator": "a",
        "spans": [{"start": 0, "end": 2}], "comment": "c", "probability": 0.5, "cluster": 1, "at": "2026-11-20",
    }]},
    "/api/v1/traces": {
        "id": "t", "question": "q", "answer": "a", "context": [{"text": "c", "id": "1", "score": 0.5}], "model": "m",
        "user": "u", "session": "s", "start_time": "2026-11-20T11:00:00Z", "end_time": "2026-11-20T11:00:01Z",
        "latency_ms": 1, "cost": 0.1, "input_tokens": 1, "feedback": 1, "tags": ["t"], "metadata": {"k": "v"},
        "spans": [{"span_id": "1", "name": "n", "kind": "llm", "input": "i", "output": "o", "attributes": {"a": 1}}],
    },
    "/api/v1/scores": {"trace_id": "t", "name": "n", "value": 0.5, "label": "l", "comment": "c", "id": "i"},
    "/api/v1/feedback": {"trace_id": "t", "value": 1, "comment": "c", "id": "i"},
    "/v1/traces": {"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "s"}}]},
        "scopeSpans": [{"spans": [{
            "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "a",
            "startTimeUnixNano": "1763600000000000000", "endTimeUnixNano": "1763600001000000000",
            "attributes": [{"key": "input.value", "value": {"stringValue": "q"}}],
        }]}],
    }]},
    "/v1/logs": {"resourceLogs": [{"scopeLogs": [{"logRecords": [{
        "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174",
        "eventName": "gen_ai.user.message", "timeUnixNano": "1763600000000000000",
        "attributes": [{"key": "event.name", "value": {"stringValue": "e"}}],
        "body": {"kvlistValue": {"values": [{"key": "content", "value": {"stringValue": "q"}}]}},
    }]}]}]},
}  # fmt: skip


@pytest.fixture(params=[11, pytest.param(1, marks=pytest.mark.prove)])
def share(request: pytest.FixtureRequest) -> int:
    """One of so many combinations is sent: all of them take minutes."""
    return int(request.param)


def some(share: int, *choices: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """One of `share` combinations, spread evenly."""
    return islice(product(*choices), share // 2, None, share)


def answered(answer: Any, said: object) -> None:
    """Whatever it was, it was understood or refused in the one form, and no part of the service fell over."""
    assert answer.status_code < 500, (said, answer.text)
    assert "Traceback" not in answer.text
    if answer.status_code >= 400 and answer.headers["content-type"] == "application/json":
        body = answer.json()
        assert "error" in body or "errors" in body or "message" in body, (said, answer.text)


def test_odd_names_in_addresses(client: TestClient, share: int) -> None:
    named = [(method, path) for method, path in routes(client) if "{" in path]
    for (method, path), text in some(min(share, 3), named, TEXTS):
        start, _, rest = path.partition("{")
        address = start + text + rest.partition("}")[2]
        answered(client.request(method, address, json=BODIES.get(path)), (method, address[:200]))


def test_odd_parameters(client: TestClient, share: int) -> None:
    described = client.get("/openapi.json").json()["paths"]
    asked = []
    for path, about in described.items():
        if "get" in about and "{" not in path:
            names = [p["name"] for p in about["get"].get("parameters", ()) if p["in"] == "query"]
            names += ["model", "user", "slice.model", "slice.", "%00", "x" * 5000]
            asked += [f"{path}?{name}" for name in names]
    for start, text in some(share, asked, (*TEXTS, *NUMBERS, *TIMES)):
        answered(client.get(f"{start}={text}"), (start[:100], text[:100]))
    answered(client.get("/api/v1/traces?" + "&".join(f"a{i}=1" for i in range(500))), "many")


def test_odd_parameters_of_pages(doors: Doors, share: int) -> None:
    names = ("q", "rule", "label", "sort", "page", "from", "to", "model", "user", "range", "seen", "next")
    paths = ("/", "/traces", "/ui/series", "/ui/status", "/sign-in")
    parts = {"/ui/series": {"range"}, "/ui/status": {"seen"}}  # they refuse what they do not have
    with doors.client(require_keys=False) as client:
        for path, name, text in some(3 * share, paths, names, (*TEXTS, *NUMBERS, *TIMES)):
            expected = 200 if name in parts.get(path, names) else 422
            assert client.get(f"{path}?{name}={text}").status_code == expected, (path, name, text)
        for text in TEXTS:
            assert client.get(f"/traces/{text}").status_code in (200, 404, 307), text


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a JSON value, the whole first."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield from leaves(one, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], text: str) -> str:
    """The JSON text of `value` with `text` where `path` leads."""
    if not path:
        return text
    copy = json.loads(json.dumps(value))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = "@here@"
    return json.dumps(copy).replace('"@here@"', text)


@pytest.mark.parametrize("path", BODIES)
def test_odd_values_in_bodies(client: TestClient, path: str, share: int) -> None:
    headers = {"Content-Type": "application/json"}
    address = path.replace("{name}", "ours-rule")
    for place, text in some(min(share, 5), list(leaves(BODIES[path])), LEAVES):
        content = replaced(BODIES[path], place, text)
        answered(client.post(address, content=content, headers=headers), (place, text[:100]))


def test_odd_bodies(client: TestClient, share: int) -> None:
    addresses = [path.replace("{name}", "ours-rule") for path in BODIES]
    kinds = ("application/json", "text/plain", "multipart/form-data", "", "application/json; charset=utf-16")
    bodies = (b"", b"{", b"\xff\xfe{}", b"[" * 200_000, b'{"a":' * 50_000, b"9" * 10_000, b"nul", b'"\\x"', b"{}{}",
              b"\x1f\x8b\x08\x00", b'{"name":"a","name":"b"}', b"\x00", b" " * 100_000)  # fmt: skip
    for address, kind, content in some(min(share, 4), addresses, kinds, bodies):
        answered(client.post(address, content=content, headers={"Content-Type": kind}), (address, kind, content[:20]))
    for address, encoding in product(addresses, ("gzip", "deflate", "br", "gzip, gzip", "identity")):
        headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
        answered(client.post(address, content=b"[]", headers=headers), (address, encoding))
    for address in addresses:
        large = client.post(address, content=b" " * (2 << 20), headers={"Content-Type": "application/json"})
        assert large.status_code == 413


def test_unknown_methods(client: TestClient) -> None:
    known = routes(client)
    for path, method in product({path for _, path in known}, ("PUT", "PATCH", "TRACE", "FOO", "DELETE", "POST")):
        if (method, path) not in known:
            address = path.replace(":path", "").replace("{", "").replace("}", "")
            answer = client.request(method, address)
            assert answer.status_code in (404, 405), (method, address)
            assert answer.headers.get("allow") or answer.status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "//api/v1/keys", "/api//v1/keys", "/api/v1/keys/", "/api/v1/keys;a=b", "/api/v1/%2e%2e/v1/keys",
        "/API/v1/keys", "/api/v1%2fkeys", "/api/v1/keys%00", "/api/v1/keys%20", "/static/../api/v1/keys",
        "/static/%2e%2e/pages.py",
        "/static/..%2f..%2fsettings.py", "/static/....//pages.py", "/healthz/../api/v1/keys", "/.git/config",
        "/api/v1/keys?/healthz",
    ],
)  # fmt: skip
def test_tricks_with_paths_open_nothing(doors: Doors, address: str) -> None:
    with doors.client() as client:
        answer = client.get(address)
        assert answer.status_code in (401, 404, 307), answer.text
        assert "def " not in answer.text


def test_large_heads(client: TestClient) -> None:
    assert client.get("/api/v1/status", headers={"X-Long": "x" * 40_000}).status_code == 431
    assert client.get("/api/v1/status", headers=[(f"x-{i}", "1") for i in range(200)]).status_code == 431
    assert client.get("/api/v1/status?" + "x" * 20_000).status_code == 414
