"""Benchmarks, a package each: `python -m bench.NAME` prints a table, measured through the public interfaces."""
