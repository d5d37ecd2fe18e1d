"""Queries of what teams register."""
