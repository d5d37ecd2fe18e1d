"""The pages of rubrics: what there is, what each asks and how it changed, trying one and pushing another version."""
