"""Which span, which attribute and which convention each fact of a trace came from, found by reading it once more.

Nothing is kept for it on the way in. Values that carry their origin go through the same assembly and show which span
they are of (`origin`), and changing what stands in that span shows which of its attributes they are of (`places`).
"""

from __future__ import annotations

from evaluator.ingest.explain.search import explain

__all__ = ["explain"]
