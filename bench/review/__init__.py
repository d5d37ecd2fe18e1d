"""How fast tasks are served beside many open ones, and whether a crowd gets each of them once."""
