"""A local language model as a judge, for comparison."""
