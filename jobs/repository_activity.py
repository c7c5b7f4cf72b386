"""Repository activity per day: who pushed, starred, forked and talked, and how many took part."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from jobs.amounts import sum_where
from tidegate.flow import job, whole_days

COMMENTS = ["CommitCommentEvent", "IssueCommentEvent", "PullRequestReviewCommentEvent"]


@job(
    reads={"events": "clean.github_events"},
    writes="mart.repository_activity",
    increment=whole_days("event_date"),
)
def repository_activity(events: DataFrame) -> DataFrame:
    """Count each repository's events by kind, one row a repository and day.

    Args:
        events: rows of ``clean.github_events``, every row of each day they touch.

    Returns:
        Rows of ``mart.repository_activity``; unique on (event_date, repository_id).
    """
    kind = F.col("event_type")
    is_push = kind == "PushEvent"
    opened = F.col("action") == "opened"
    is_pull_request = kind == "PullRequestEvent"
    merged = (F.col("action") == "closed") & F.col("pull_request_merged")
    # Events of one second are told apart by their ids, so that the name never depends on chance.
    latest = F.struct("event_time", "event_id")
    return events.groupBy("event_date", "repository_id").agg(
        F.max_by("repository", latest).alias("repository"),
        F.count("*").alias("events"),
        F.count_if(is_push).alias("pushes"),
        sum_where(is_push, "push_size").alias("commits"),
        sum_where(is_push, "push_distinct_size").alias("distinct_commits"),
        F.count_if(kind == "WatchEvent").alias("stars"),
        F.count_if(kind == "ForkEvent").alias("forks"),
        F.count_if((kind == "IssuesEvent") & opened).alias("issues_opened"),
        F.count_if(is_pull_request & opened).alias("pull_requests_opened"),
        F.count_if(is_pull_request & merged).alias("pull_requests_merged"),
        F.count_if(kind.isin(COMMENTS)).alias("comments"),
        F.count_if(kind == "CreateEvent").alias("creates"),
        F.count_if(kind == "DeleteEvent").alias("deletes"),
        F.count_if(kind == "ReleaseEvent").alias("releases"),
        F.count_distinct("actor_id").alias("people"),
    )


if __name__ == "__main__":
    repository_activity.main()
