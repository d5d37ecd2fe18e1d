"""Recipes for the models that Faithline ships: one command a model, the data folder is an argument."""
