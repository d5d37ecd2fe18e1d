"""Verdicts a second, and what each costs in CPU time, beside other libraries that judge."""
