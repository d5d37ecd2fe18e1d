"""How well toxicity is detected."""
