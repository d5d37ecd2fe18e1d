"""Tables of the queue and what came of it."""
