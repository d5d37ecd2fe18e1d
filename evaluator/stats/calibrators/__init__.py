"""From scores to probabilities, learned from labels.

- `calibrator`: `Calibrator`, what they have in common: the conventions of scikit-learn, and storing as plain JSON.
- `logistic`, `isotonic`: the identity, Platt's sigmoid and beta calibration; isotonic regression.
- `choice`: `choose` takes the one that predicts held-out clusters best, the simpler one where that cannot be told.
- `threshold`: `threshold_for` proposes where to cut the score, and tells what it would change.
- `stored`: `from_dict` brings one back.

They serve probabilities of review, proposed thresholds and agreement. They do not enter a series.
"""
