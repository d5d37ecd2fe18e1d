"""Projects and keys, and who speaks."""
