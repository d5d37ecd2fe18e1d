"""What the description of the API says beyond the routes: how to authenticate, and bodies that are read by hand."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer KEY"},
    "basic": {"type": "http", "scheme": "basic", "description": "The key as password, or as user"},
    "header": {"type": "apiKey", "in": "header", "name": "x-api-key"},
}

OBJECTS: dict[str, Any] = {"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}
"""One object or a list of them."""


class Application(FastAPI):
    """FastAPI with the ways to authenticate in its description; where no keys are asked for, none is needed."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            schema = get_openapi(title=self.title, version=self.version, summary=self.summary, routes=self.routes)
            schema.setdefault("components", {})["securitySchemes"] = SCHEMES
            schema["security"] = [{}, *({name: []} for name in SCHEMES)]
            self.openapi_schema = schema
        return self.openapi_schema


def json_body(schema: dict[str, Any], description: str) -> dict[str, Any]:
    """`openapi_extra` of a route that reads its JSON body itself."""
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "description": description, "content": content}}
