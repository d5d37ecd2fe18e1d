"""An evaluator for Faithline in a package of its own."""
