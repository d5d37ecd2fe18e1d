"""Quality rates over time: recomputed, kept ready and read."""
