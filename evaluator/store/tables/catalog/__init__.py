"""Tables of what teams register."""
