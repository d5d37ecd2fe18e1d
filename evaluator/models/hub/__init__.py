"""Hugging Face models by name: what their use needs, where their files lie, and how they are read.

`use`, `known`, `labels` and `files` import neither torch nor transformers: they say what a rule pins. The rest is
reached from an evaluator's `open()`.
"""
