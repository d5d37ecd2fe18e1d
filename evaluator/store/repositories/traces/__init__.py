"""Queries of what applications did, and what is said of it."""
