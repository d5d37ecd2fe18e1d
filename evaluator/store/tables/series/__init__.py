"""Tables of quality rates over time."""
