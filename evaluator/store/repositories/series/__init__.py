"""Queries of quality rates over time."""
