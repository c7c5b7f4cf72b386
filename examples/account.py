"""Account for the newest run: what was sent, what landed, and what became of it.

``python examples/account.py 7702`` reads the figures from ``--json`` (docs/json.md). It ends with 4
where they don't add up, as ``tidegate books`` does.
"""

import json
import subprocess
import sys
from typing import Any


def tables(*command: str) -> dict[str, Any]:
    """What a command says of each table, by the table's name."""
    said = subprocess.run(["tidegate", *command, "--json"], stdout=subprocess.PIPE, check=True)
    return {table["table"]: table for table in json.loads(said.stdout)["tables"]}


def account(sent: int) -> int:
    """Print the account of the newest run; the exit code says whether it adds up."""
    run = tables("status")["clean.github_events"]["run"]
    books = tables("books", "--run", run)
    landed, clean = books["raw.github"]["published"], books["clean.github_events"]
    published, quarantined, duplicates = (
        clean[column] for column in ("published", "quarantined", "duplicates")
    )
    adds_up = sent == landed == published + quarantined + duplicates
    is_or_not = "=" if adds_up else "≠"
    print(
        f"\nsent {sent:,} {is_or_not} landed {landed:,} {is_or_not} published {published:,}"
        f" + quarantined {quarantined:,} + duplicates {duplicates:,}"
    )
    if adds_up and duplicates == sent:
        print(
            "The lake held these events already, from a demo before. The stream was made anew, so"
            "\nit was read from its start; each event was then known by its day and id, and counted"
            "\nas a duplicate instead of published twice. The answers below stay as they were."
        )
    if landed != sent:
        print("The stream held other records than those just sent, or hasn't been read to its end.")
    return 0 if adds_up else 4


if __name__ == "__main__":
    sys.exit(account(int(sys.argv[1])))
