"""Frozen types, ports, errors, fingerprints and ids. Imports nothing else of ours."""
