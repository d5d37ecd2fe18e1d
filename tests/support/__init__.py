"""What tests share: parts that are real, traffic that is made up, and a house to put it in."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The repository."""
