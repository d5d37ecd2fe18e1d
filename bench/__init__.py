"""Benchmarks: each prints one table, from the public interfaces."""
