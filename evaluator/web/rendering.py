"""Templates into responses. Everything is escaped; nothing is ever marked as safe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from evaluator import __version__
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.ingest.senders import title_of
from evaluator.web import format as write
from evaluator.web.asked import passed_over
from evaluator.web.listing import trace_href
from evaluator.web.sessions import Visitor

HERE = Path(__file__).parent

environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
environment.filters |= {
    "visible": write.visible,
    "compact": write.compact,
    "count": write.count,
    "duration": write.duration,
    "gaps": write.gaps,
    "iso": write.iso,
    "money": write.money,
    "number": write.number,
    "percent": write.percent,
    "plain": write.plain,
    "sender": title_of,
    "share": write.share,
    "stamp": write.stamp,
}
environment.globals |= {"version": __version__, "trace_href": trace_href, "default_project": DEFAULT_PROJECT}


def page(request: Request, template: str, code: int = 200, **values: Any) -> HTMLResponse:
    """A page or a part of one. It shows what people wrote, so nothing on the way may keep it."""
    base = str(request.base_url).rstrip("/")
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    values |= {"path": request.url.path, "base": base, "visitor": visitor, "passed_over": passed_over(request)}
    text = environment.get_template(template).render(**values)
    # A lone surrogate has no UTF-8 form, and hostile text may hold one.
    return HTMLResponse(text.encode("utf-8", "replace"), code, {"Cache-Control": "no-store"})
