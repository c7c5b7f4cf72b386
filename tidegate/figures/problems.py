"""Why figures aren't answered: each reason's status."""

from tidegate.web.problems import Problems, Reason

REASONS = {
    "unknown_path": Reason(404, "There is nothing at this path"),
    "unknown_question": Reason(404, "There is no such question"),
    "wrong_method": Reason(405, "This path isn't asked so"),
    "wrong_parameter": Reason(400, "A parameter is unknown, missing or wrong"),
    "no_answer": Reason(400, "The question has no answer for these parameters"),
    "changed": Reason(409, "The figures have changed since the page before"),
    "not_loaded": Reason(503, "The figures aren't loaded yet", retry=True),
    "no_database": Reason(503, "The database can't be asked just now", retry=True),
    "slow": Reason(503, "The question took too long", retry=True),
    "defect": Reason(500, "A defect of the service"),
}
"""Every reason there is, by the word that an answer has for it."""
# A database that rests on AWS is awake by then.
PROBLEMS = Problems("figures", REASONS, again_after=15)
