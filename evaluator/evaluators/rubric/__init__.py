"""Judging by a rubric: a language model is asked, and what it says is read into the rubric's scale."""
