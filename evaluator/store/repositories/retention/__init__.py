"""Queries of what is taken away."""
