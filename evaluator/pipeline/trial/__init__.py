"""Tries a rubric on samples that there are, before it goes live."""
