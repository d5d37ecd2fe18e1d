"""One file an evaluator: a manifest without torch, and the code that `open()` loads."""
