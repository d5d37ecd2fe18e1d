"""Personal data and secrets in a text: found with exact offsets, and redacted. Patterns and checksums, no network."""
