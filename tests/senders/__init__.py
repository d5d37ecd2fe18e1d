"""Real senders, recorded: each SDK drives one help desk, and what it sends becomes a file of `tests/recordings`.

`make record-senders` does all of it, `make record-senders ONLY=NAME` one. How to add a sender:
`tests/recordings/README.md`.
"""
