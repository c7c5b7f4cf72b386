"""The tests. What helpers assert is told as whole as what tests do."""

import pytest

pytest.register_assert_rewrite("tests.lake_of_a_test", "tests.local_endpoint", "tests.processes")
