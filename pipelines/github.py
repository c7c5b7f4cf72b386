"""GitHub's public events, from the stream to the marts."""

from jobs.daily_activity import daily_activity
from jobs.repository_activity import repository_activity
from tidegate.flow import Flow, clean, land

flow = Flow(
    source="github",
    stages=[
        land("raw.github"),
        clean("clean.github_events"),
        repository_activity,
        daily_activity,
    ],
)
