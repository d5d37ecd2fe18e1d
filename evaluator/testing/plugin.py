"""The pytest plug-in: makes the contract suite's assertions say what they compared.

pytest loads it through its entry point in every environment that has faithline installed, so it imports nothing.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("evaluator.testing.contract")
