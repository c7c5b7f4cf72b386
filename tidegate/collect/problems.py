"""Why the collector refuses something: each reason's status."""

from tidegate.web.problems import Problems, Reason

REASONS = {
    "unknown_path": Reason(404, "There is nothing at this path"),
    "unknown_source": Reason(404, "There is no such source"),
    "wrong_method": Reason(405, "This path isn't asked so"),
    "no_key": Reason(401, "No key was given"),
    "wrong_key": Reason(401, "The key is none of this source's"),
    "wrong_origin": Reason(403, "Pages of this origin may not send here"),
    "unknown_type": Reason(415, "The content type isn't taken"),
    "unknown_encoding": Reason(415, "The content encoding isn't taken"),
    "too_large": Reason(413, "It is too large"),
    "too_many": Reason(413, "These are too many records at once"),
    "head_too_large": Reason(431, "The request's head is too large"),
    "not_http": Reason(400, "That isn't HTTP"),
    "bad_gzip": Reason(400, "The gzip is broken"),
    "empty": Reason(400, "There is no record in it"),
    "no_id": Reason(400, "The message has no id"),
    "not_utf8": Reason(400, "It isn't UTF-8"),
    "not_json": Reason(400, "It isn't JSON (RFC 8259)"),
    "not_object": Reason(400, "A record is a JSON object"),
    "too_deep": Reason(400, "It is nested too deep to be read"),
    "slow": Reason(408, "The request took too long to arrive", retry=True),
    "cut": Reason(400, "The connection was cut in the midst of the request", retry=True),
    "flood": Reason(429, "The key sends more than it may", retry=True),
    "throttled": Reason(503, "The stream takes no more just now", retry=True),
    "no_stream": Reason(503, "The source's stream isn't there", retry=True),
    "stream_failed": Reason(503, "The stream can't be asked just now", retry=True),
    "busy": Reason(503, "The collector holds all that it can", retry=True),
    "not_ready": Reason(503, "The collector isn't set up", retry=True),
    "defect": Reason(500, "A defect of the collector", retry=True),
}
"""Every reason there is, by the word that answers, counts and metrics have for it."""
PROBLEMS = Problems("collector", REASONS, again_after=5)
