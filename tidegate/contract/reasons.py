"""What each reason for a refusal means, in a sentence: a contract's rules, and the engine's own."""

from tidegate.contract.model import Column, Contract, Treatment


def meanings(contract: Contract) -> dict[str, str]:
    """Every reason for which a clean table refuses a record, with a sentence for people.

    Args:
        contract: the clean table's contract.
    """
    limit, key = contract.properties.get("maxPayloadBytes", 1_048_576), " and ".join(contract.key)
    found = {
        "payload_empty": "A payload is not empty or blank.",
        "payload_too_large": f"A payload is no longer than {int(limit):,} bytes.",
        "payload_not_utf8": "A payload is UTF-8.",
        "payload_not_json": "A payload is one JSON object and nothing else.",
        "payload_wrong_type": "Every value is of its column's type, and no name stands twice.",
        "conflicting_id": f"Records of one {key} say the same; another one came first.",
    }
    for column in contract.columns:
        found |= _of_column(column)
    if time := contract.properties.get("eventTime"):
        skew = int(contract.clock_skew.total_seconds())
        found[f"{time}_in_future"] = f"{time} is at most {skew} s later than the arrival."
    return found | {rule.id: rule.description for rule in contract.row_rules}


def not_an_address(column: Column) -> str:
    """The reason of a row whose column can't be truncated."""
    return f"{column.name}_not_an_address"


def _of_column(column: Column) -> dict[str, str]:
    """The reasons that one column can give."""
    places = " or ".join(f"$.{'.'.join(path)}" for path in column.json_paths)
    place = f", from {places}," if places else ""
    found = {}
    if places:
        found[f"{column.name}_wrong_type"] = f"{column.name}{place} is of type {column.type}."
    if column.required and not column.transform:
        found[f"{column.name}_missing"] = f"{column.name}{place} has a value."
    if column.treatment is Treatment.TRUNCATE:
        found[not_an_address(column)] = f"{column.name}{place} is an IP address, or has no value."
    return found
