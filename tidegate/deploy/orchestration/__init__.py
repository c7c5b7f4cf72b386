"""A project's flows as AWS runs them: a Step Functions state machine, or a Glue workflow."""

from tidegate.deploy.orchestration.rendering import render, rendered

__all__ = ["render", "rendered"]
