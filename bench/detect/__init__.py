"""How well faithfulness is detected."""
