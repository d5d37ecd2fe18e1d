"""Queries of projects, keys and the audit log."""
