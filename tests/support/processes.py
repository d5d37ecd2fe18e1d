"""Processes of their own for tests, forked from a server that has imported what they need, and has no threads."""

from __future__ import annotations

import multiprocessing

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.support.paid"])
