"""How far an evaluator agrees with people, and people with each other.

Everything is weighted by design, and each number comes with an interval, or a reason why it has none.

- `pairs`: `Pairs`, what an evaluator and people said of the same samples.
- `evaluator`: `agreement` tells everything of one pairing, `agreement_by` of each part of it.
- `people`: `between_people`, for any number of annotators who need not answer everything.
- `overturned`: how often first verdicts are wrong, by second reviews and adjudication.
- `resampling`, `measure`: the cluster bootstrap behind all intervals, and what it gives: a number, or a reason.
- `confusion`, `two`, `chance`, `answers`, `correlation`, `brier`, `reliability`: the statistics.
"""
