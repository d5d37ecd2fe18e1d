"""The pipeline on many machines: Celery and Redis wake processes up, the database says what there is to do."""
