"""Celery workers: the same pipeline on many machines. Not built yet; the embedded mode is `evaluator.local`."""
