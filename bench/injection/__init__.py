"""How well prompt injection is detected."""
