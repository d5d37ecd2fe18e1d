"""Estimators of rates, by name in `registry`: `raw` from scores alone, and those that people's labels correct.

`estimator` says what one is, `rates` what it gives back; `strata` makes stratified means with their linearised,
clustered variances, and `intervals` intervals of those.
"""
