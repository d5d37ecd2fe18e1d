"""What there is to record: `apps/NAME/sender.toml` and the app beside it, with their variants."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tests.senders.desk.scenario import MODEL, MODEL_SERVED

APPS = Path(__file__).with_name("apps")


@dataclass(frozen=True)
class Sender:
    """An app in one of its variants. `traces` lists the turns (1, 2) of each trace that it sends, in order."""

    name: str
    """Its folder in the recordings: the app's name, with the variant's behind a hyphen."""
    app: Path
    title: str
    language: str
    packages: list[str]
    """As uv or npm takes them, with their versions."""
    contents: str
    """How the contents of prompts and answers were switched on, or off."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables for the app; `{recorder}` and `{model}` stand for the servers' addresses."""
    traces: list[list[int]] = field(default_factory=lambda: [[1], [2]])
    models: tuple[str, str] = (MODEL, MODEL_SERVED)
    """The model that the app asks for, and the one that says that it served."""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Facts that are sent, but not in a place of their own: fact, where."""
    not_sent: dict[str, str] = field(default_factory=dict)
    """Facts that the bytes of at least one trace do not hold: fact, why."""
    scores: list[dict[str, Any]] = field(default_factory=list)
    """Scores that the app gives, in order: `of` (the turn, or "session"), `name`, `value`, perhaps `comment`."""


FIELDS = {one.name for one in fields(Sender)} - {"name", "app"} | {"variants"}
"""What may stand in a `sender.toml`."""


def senders(only: str | None = None) -> list[Sender]:
    """Every sender and variant, by name; with `only`, those of one app or the one of that name."""
    found = [sender for path in sorted(APPS.glob("*/sender.toml")) for sender in _read(path)]
    chosen = [s for s in found if only in (None, s.name, s.app.parent.name)]
    if not chosen:
        raise SystemExit(f"no sender is called {only}; there are {', '.join(s.name for s in found)}")
    return chosen


def _read(path: Path) -> list[Sender]:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    if unknown := set(told) - FIELDS:
        raise SystemExit(f"{path}: {', '.join(sorted(unknown))} means nothing; there are {', '.join(sorted(FIELDS))}")
    app = path.with_name("app.mjs" if told["language"] == "javascript" else "app.py")
    variants = told.pop("variants", {})
    base = Sender(name=path.parent.name, app=app, **told)
    return [base] + [_variant(base, name, changes) for name, changes in variants.items()]


def _variant(base: Sender, name: str, changes: dict[str, Any]) -> Sender:
    """A variant: tables are laid over the base's (an empty text takes an entry out), the rest replaces it."""
    merged: dict[str, Any] = {**base.__dict__, "name": f"{base.name}-{name}"}
    for key, value in changes.items():
        merged[key] = {k: v for k, v in {**merged[key], **value}.items() if v} if isinstance(value, dict) else value
    return Sender(**merged)
