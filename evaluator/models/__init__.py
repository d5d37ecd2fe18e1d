"""The only room that imports torch and its family: load, batch, run.

`weights`, `runtime` and `manifest` know names, files and hashes without torch; everything else here is imported
by an evaluator's `open()` and by nothing before that.
"""
