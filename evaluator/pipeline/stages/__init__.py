"""The stages: each reads what the stage before it stored and writes rows of its own; `run` runs them."""
