"""What scoring may cost, and has cost."""
