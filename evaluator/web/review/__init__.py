"""The pages of those who label: one task at a time, waves, and what was said of a trace."""
