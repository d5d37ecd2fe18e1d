"""How fast rates are estimated by every method, beside an estimate from the single units."""
