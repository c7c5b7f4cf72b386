"""Rows of ``quality.verdicts`` as the engine writes them."""

import datetime as dt
import json
from typing import Any

RESULT = {
    "success": False,
    "expectation_config": {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "push_size", "max_value": 9.0},
        "meta": {"id": "small", "severity": "refuse", "description": "Pushes are small."},
    },
    "result": {
        "element_count": 1500,
        "unexpected_count": 30,
        "unexpected_percent": 2.0,
        "missing_count": 0,
    },
    "meta": {"computed": "observed"},
    "exception_info": {
        "raised_exception": False,
        "exception_message": None,
        "exception_traceback": None,
    },
}


def verdict(day: int = 1, hour: int = 0, **changes: Any) -> dict[str, Any]:
    """A rule that refused 30 of 1,500 pushes on a day of January 2015, changed."""
    at = dt.datetime(2015, 1, day, hour, tzinfo=dt.UTC)
    row = {
        "run": f"{at:%Y%m%dT%H%M%S}-1f3c",
        "table_name": "clean.github_events",
        "commit_number": day,
        "judged_at": at,
        "contract_version": "1.0.0",
        "verdict": "pass",
        "rule": "small",
        "description": "Pushes are small.",
        "severity": "refuse",
        "dimension": "accuracy",
        "expectation": "expect_column_values_to_be_between",
        "holds": False,
        "could_be_judged": True,
        "rows_judged": 1500,
        "rows_broken": 30,
        "share_broken": 0.02,
        "found": "30 rows, 2 %",
        "computed": "observed",
        "result": json.dumps(RESULT),
    }
    return row | changes
