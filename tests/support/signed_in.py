"""Signing in to the pages, as a browser does."""

from __future__ import annotations

import re

from starlette.testclient import TestClient


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def sign_in(client: TestClient, key: str, following: str = "/traces") -> int:
    token = csrf(client.get("/sign-in").text)
    return client.post("/sign-in", data={"key": key, "csrf": token, "next": following}).status_code
