"""Faithline: continuous quality evaluation and hallucination detection for LLM applications."""

__version__ = "0.1.0"
