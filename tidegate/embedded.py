"""A line of the embedded metric format, of which CloudWatch makes metrics where it is logged."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

NAMESPACE = "Tidegate"


def embedded(
    now: datetime,
    dimensions: Sequence[Sequence[str]],
    about: Mapping[str, str],
    values: Mapping[str, float],
    units: Mapping[str, str],
) -> str:
    """One line in the embedded metric format.

    Args:
        now: what the figures are of.
        dimensions: sets of names of ``about``; each set is a metric of its own.
        about: what the figures are of, in words; what is no dimension is found in the logs.
        values: figures by name.
        units: CloudWatch's unit of each name, e.g. ``Count``.
    """
    metrics = [{"Name": name, "Unit": units[name]} for name in values]
    told = {"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": metrics}
    kept = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [told]}
    return json.dumps({"_aws": kept, **about, **values})
