"""Traces a second, beside other systems."""
