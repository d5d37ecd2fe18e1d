"""Queries of decisions and what rates are multiplied by."""
