"""Where the time of an evaluator goes."""
