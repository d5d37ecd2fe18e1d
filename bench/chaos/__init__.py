"""Everything is killed, and what was lost is counted."""
