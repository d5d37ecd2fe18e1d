"""How often, and after which pause, what failed is tried again."""

from __future__ import annotations

MAX_ATTEMPTS = 4
"""How often a job is tried; the claim after that makes it a dead letter."""
