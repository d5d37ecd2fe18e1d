"""What is taken away: traces that are too old, and everything of one user."""
