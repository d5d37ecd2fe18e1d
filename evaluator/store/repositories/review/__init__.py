"""Queries of what people say of answers."""
