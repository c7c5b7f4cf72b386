"""The saved questions as Athena's named queries: the rendered template is the questions' own."""

from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.infra.stacks import template as read
from tidegate.serve.questions import questions
from tidegate.serve.saved import TEMPLATE, save, template

pytestmark = pytest.mark.quick


def project(folder: Path, **files: str) -> Path:
    """A project with questions of its own."""
    (folder / "sql" / "athena").mkdir(parents=True)
    (folder / "infra").mkdir()
    for name, text in files.items():
        (folder / "sql" / "athena" / f"{name}.sql").write_text(text)
    return folder


def test_the_rendered_template_is_current() -> None:
    rendered = (REPOSITORY / TEMPLATE).read_text()

    assert rendered == template(REPOSITORY), "run: tidegate serve save"


def test_each_question_is_a_named_query_with_its_title() -> None:
    made = [one["Properties"] for one in read("questions")["Resources"].values()]

    assert [(one["Name"], one["Description"]) for one in made] == [
        (one.name, one.title) for one in questions(REPOSITORY)
    ]


def test_a_parameter_is_a_question_mark_and_a_line_says_which_is_which(tmp_path: Path) -> None:
    text = "-- How many?\n-- :top integer = 2\nSELECT n FROM mart.x WHERE n > :top OR n = :top\n"

    rendered = template(project(tmp_path, how_many=text))

    assert rendered.endswith("""
      QueryString: !Sub |
        -- How many?
        -- :top integer = 2
        -- each ? in order: top, top
        SELECT n FROM ${DatabasePrefix}mart.x WHERE n > ? OR n = ?
""")


def test_what_reads_refused_records_is_for_who_is_on_call(tmp_path: Path) -> None:
    rendered = template(
        project(
            tmp_path,
            held="-- What is held?\nSELECT 1 FROM quarantine.x\n",
            sold="-- What is sold?\nSELECT 1 FROM mart.x\n",
        )
    )

    assert rendered.count("WorkGroup: !Ref OnCallWorkgroup") == 1
    assert rendered.count("WorkGroup: !Ref AthenaWorkgroup") == 1


def test_what_looks_like_a_parameter_of_cloudformation_is_left_to_athena(tmp_path: Path) -> None:
    rendered = template(project(tmp_path, odd="-- What?\nSELECT '${x}' FROM mart.x\n"))

    assert "SELECT '${!x}' FROM" in rendered


def test_a_project_without_templates_gets_the_one_of_its_questions(tmp_path: Path) -> None:
    folder = project(tmp_path, sold="-- What is sold?\nSELECT 1 FROM mart.x\n")
    (folder / "infra").rmdir()

    assert save(folder) == 1

    assert (folder / TEMPLATE).read_text() == template(folder)
