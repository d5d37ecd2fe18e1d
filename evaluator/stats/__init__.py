"""Rates of bad among units that were sampled, clustered, and scored in part: with intervals, and in little space.

Units (answers, calls, items of a production line) were drawn with known probabilities, stratum by stratum, and
those drawn were scored between 0 (good) and 1 (bad), or failed, or are still waiting. Units of one cluster (a
session, a user, a batch) tend to be alike. The question is the share of bad among *all* of them, drawn or not.

- `units`: the states of a unit, and which numbers can be taken (`valid_units`).
- `cells`: `Cells`, the sums that rates are made from. Cells of disjoint units merge to the cell of all of them, have
  compact bytes, and stay small however many units they stand for (`groups`).
- `estimators`: one file each, by name in `registry`; `estimator` says what one is, `rates` what it gives back.
- `agreement`: how far an evaluator agrees with people, and people with each other.
- `calibrators`: probabilities from scores, and thresholds; `planning`: how many labels an aim takes.
- `review`: how likely units are to be drawn for people to judge.

Everything works on many rates at once. Formulas stand beside their sources.

>>> from evaluator.stats.cells import Cells
>>> from evaluator.stats.estimators.raw import raw_rate
>>> from evaluator.stats.units import State

Of 40 errors all were drawn, of 1,000 other units one in ten. Half of the errors are bad, and four of the others:

>>> errors = Cells.of(weight=[1.0] * 40, bad=[1.0, 0.0] * 20, state=[State.SCORED] * 40, cluster=[0] * 40)
>>> others = Cells.of(
...     weight=[10.0] * 100, bad=[1.0] * 4 + [0.0] * 96, state=[State.SCORED] * 100, cluster=[0] * 100
... )
>>> rate = raw_rate({"errors": errors, "others": others})
>>> print(f"{rate.estimate:.3f}, between {rate.low:.3f} and {rate.high:.3f} ({rate.level:.0%} {rate.interval})")
0.058, between 0.027 and 0.109 (95% beta)

The cell of Monday and that of Tuesday are the cell of both, also where a cluster goes on over midnight:

>>> monday = Cells.of([2.0, 2.0], [1.0, 0.0], [State.SCORED] * 2, cluster=[7, 8])
>>> tuesday = Cells.of([2.0], [1.0], [State.SCORED], cluster=[7])
>>> Cells.merge([monday, Cells.from_bytes(tuesday.to_bytes())]).keys.tolist()
[7, 8]
"""
