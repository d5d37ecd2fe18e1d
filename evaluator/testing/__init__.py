"""For the tests of evaluators, built-in or in a package of their own. Needs pytest.

Nothing is imported here: pytest loads `plugin` at its start in every environment that has faithline, and the
assertions of `contract` can only be rewritten before its first import.
"""
