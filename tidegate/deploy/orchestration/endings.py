"""How a job run that failed is told by what it said last, and which failures may pass.

Step Functions knows one name for them all, ``States.TaskFailed``. What went wrong stands in the
run's own words: Glue's ``ErrorMessage`` and EMR Serverless' ``StateDetails`` end with the entry's
last line, e.g. ``GateBlocked: clean.github_events: …``, or with its exit code.
"""

from tidegate.errors import BooksError, GateBlocked, PublishLost, StreamError, UserError

BLOCKED, BOOKS, LOST = GateBlocked.__name__, BooksError.__name__, PublishLost.__name__
GIVEN = UserError.__name__
TIMED_OUT = "TimedOut"
FAILED = "JobFailed"
"""Any other failure: a machine that was lost, a service that didn't answer, a defect."""

_THROTTLED = ("ThrottlingException", "ConcurrentRunsExceededException", "InternalServiceException")
_AGAIN = {"BackoffRate": 2, "JitterStrategy": "FULL"}

# What one of the services refuses for the moment, by the names that Step Functions gives it.
STARTING = [
    {
        "ErrorEquals": [
            *(f"Glue.{one}" for one in _THROTTLED),
            "Glue.ResourceNumberLimitExceededException",
            "Glue.OperationTimeoutException",
            "EMRServerless.ThrottlingException",
            "EMRServerless.ConflictException",
            "EMRServerless.InternalServerException",
            "EMRServerless.ServiceQuotaExceededException",
        ],
        "IntervalSeconds": 15,
        "MaxAttempts": 8,
        "MaxDelaySeconds": 300,
        **_AGAIN,
    }
]
# A lost publish has tried twenty times by itself, so that the others get time to end.
ENDING = [
    {"ErrorEquals": [LOST], "IntervalSeconds": 60, "MaxAttempts": 3, **_AGAIN},
    {"ErrorEquals": [FAILED], "IntervalSeconds": 30, "MaxAttempts": 2, **_AGAIN},
]
# Requests that write a line or a message.
TELLING = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 3, **_AGAIN}]


def name() -> str:
    """The JSONata that names a failure: ``$states.input`` holds its Error and Cause."""
    given = [one.__name__ for one in UserError.__subclasses__() if one is not StreamError]
    kinds = {
        BLOCKED: f"{BLOCKED}: |{_code(GateBlocked.exit_code)}",
        BOOKS: f"{BOOKS}: |{_code(BooksError.exit_code)}",
        LOST: f"{LOST}: |{_code(PublishLost.exit_code)}",
        GIVEN: f"({'|'.join([GIVEN, *given])}): ",
    }
    tests = "".join(f"$contains($said, /{said}/) ? '{kind}' : " for kind, said in kinds.items())
    return (
        f"{{% $states.input.Error = 'States.Timeout' ? '{TIMED_OUT}' : "
        f"($said := {_SAID}; {tests}'{FAILED}') %}}"
    )


def cause() -> str:
    """The JSONata of what a failed run said, without what Step Functions wraps around it."""
    return f"{{% {_SAID} %}}"


# The run's own words where the cause is a run; the cause as it is where a request was refused.
_SAID = (
    "($run := $substring($states.input.Cause, 0, 1) = '{' ? $parse($states.input.Cause) : {}; "
    "$exists($run.ErrorMessage) ? $run.ErrorMessage : "
    "$exists($run.StateDetails) ? $run.StateDetails : '' & $states.input.Cause)"
)


def _code(code: int) -> str:
    """How the two services tell the exit code of a process."""
    return f"(SystemExit|ExitCode): {code}\\b"
