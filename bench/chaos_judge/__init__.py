"""Verdicts through real judge workers, of a provider that misbehaves, while the workers are killed."""
