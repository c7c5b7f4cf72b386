"""Data Docs: a site of Great Expectations' own pages of the verdicts kept, and an index of them.

Its site builder names and writes the pages; ``gate.pages`` says what is on them. The index is ours:
the original is empty where a browser can't fetch its scripts.
"""

import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.core import ExpectationSuite
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)

from tidegate.contract import Contract, Contracts
from tidegate.errors import TidegateError
from tidegate.gate import pages
from tidegate.gate.kept import Kept
from tidegate.gate.pages import FramedPageView, VerdictPageRenderer, validation_result
from tidegate.gate.rules import expectation

# What it can't put on a page it says in pages of text; they are for the log.
logging.getLogger("great_expectations").parent = logging.getLogger("tidegate")


def build_data_docs(folder: Path, contracts: Contracts, kept: list[Kept]) -> None:
    """Write a site of a page a verdict, a page a table and an index; an older one makes way.

    Args:
        folder: where the site goes; it is replaced as a whole.
        contracts: the project's contracts, whose rules the tables' pages show.
        kept: the verdicts, in the order of the index.

    Raises:
        ContractError: Great Expectations refuses a rule of a contract.
        TidegateError: a page could not be rendered.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}-") as fresh:
        site = Path(fresh) / "site"
        documented = [contract for contract in contracts.values() if contract.rules]
        _build(site, documented, kept)
        missing = [one.page for one in kept if not (site / one.page).is_file()]
        if missing:
            raise TidegateError(f"Data Docs: {len(missing)} pages fail, the first is {missing[0]}")
        tables = [contract.table for contract in documented]
        index = FramedPageView().env.get_template("index.html").render(verdicts=kept, tables=tables)
        (site / "index.html").write_text(index, encoding="utf-8")
        shutil.rmtree(site / "static", ignore_errors=True)  # what only the original frame shows
        shutil.rmtree(folder, ignore_errors=True)
        site.rename(folder)


def _build(site: Path, documented: list[Contract], kept: list[Kept]) -> None:
    """Let Great Expectations build its pages, from a context that lives in memory only."""
    context = gx.get_context(mode="ephemeral")
    for name in list(context.get_site_names()):
        context.delete_data_docs_site(name)
    view = {"module_name": pages.__name__, "class_name": FramedPageView.__name__}
    renderer = {"module_name": pages.__name__, "class_name": VerdictPageRenderer.__name__}
    config: Any = {  # of more keys than its type knows
        "class_name": "SiteBuilder",
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(site),
        },
        "site_section_builders": {
            "expectations": {"view": view},
            "validations": {"view": view, "renderer": renderer},
            "profiling": "None",
        },
    }
    context.add_data_docs_site("tidegate", config)
    for contract in documented:
        context.suites.add(_suite(contract))
    for one in kept:
        suite = ExpectationSuiteIdentifier(one.table)
        run = RunIdentifier(run_name=one.run, run_time=one.judged_at)
        key = ValidationResultIdentifier(suite, run, f"commit-{one.commit}")
        context.validation_results_store.set(key, validation_result(one, run))
    context.build_data_docs(build_index=False)


def _suite(contract: Contract) -> ExpectationSuite:
    """A table's rules; those about the past, which Great Expectations doesn't know, in notes."""
    wanted = []
    for rule in (*contract.row_rules, *contract.table_rules):
        one = expectation(contract, rule)
        one.notes = f"{rule.id} ({rule.severity}): {rule.description}"
        wanted.append(one)
    past = [f"{rule.id} ({rule.severity}): {rule.description}" for rule in contract.past_rules]
    return ExpectationSuite(name=contract.table, expectations=wanted, notes=past or None)
