"""Parts into a trace: its tree of spans, its answers and what they lean on, its totals, and what it does not tell."""
