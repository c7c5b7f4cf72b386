"""The saved questions as Athena's named queries, in a template of CloudFormation's."""

import json
import re
import textwrap
from pathlib import Path

from tidegate.serve.positional import marked
from tidegate.serve.prefix import with_prefix
from tidegate.serve.questions import Question, questions

TEMPLATE = Path("infra") / "questions.yaml"

_PREFIX = "${DatabasePrefix}"
_FOR_ON_CALL = re.compile(r"\b(raw|quarantine)\.")
_HEAD = """\
# Rendered from sql/athena by: tidegate serve save
AWSTemplateFormatVersion: "2010-09-09"
Description: >-
  Tidegate's saved questions, as Athena shows them to analysts; those of refused records, to whoever
  is on call.

Parameters:
  DatabasePrefix:
    Type: String
    Description: What is put before each database's name.
  AthenaWorkgroup:
    Type: String
    Description: The workgroup of analysts, by name.
  OnCallWorkgroup:
    Type: String
    Description: The workgroup of whoever is on call, by name.

Resources:
"""


def save(project: Path) -> int:
    """Write the project's questions into its template; how many there are.

    Raises:
        QuestionError: a file's first lines aren't a question and its parameters.
    """
    path = project / TEMPLATE
    path.parent.mkdir(exist_ok=True)
    path.write_text(template(project), encoding="utf-8")
    return len(questions(project))


def template(project: Path) -> str:
    """The template of a project's questions as they are now.

    Raises:
        QuestionError: a file's first lines aren't a question and its parameters.
    """
    return _HEAD + "\n".join(_resource(one) for one in questions(project))


def _resource(question: Question) -> str:
    """A question as a resource; who may not read what it reads isn't shown it."""
    name = "".join(word.capitalize() for word in question.name.split("_"))
    workgroup = "OnCallWorkgroup" if _FOR_ON_CALL.search(question.sql) else "AthenaWorkgroup"
    return f"""\
  {name}:
    Type: AWS::Athena::NamedQuery
    Properties:
      Name: {question.name}
      Description: {json.dumps(question.title, ensure_ascii=False)}
      Database: !Sub "{_PREFIX}mart"
      WorkGroup: !Ref {workgroup}
      QueryString: !Sub |
{textwrap.indent(_text(question), " " * 8)}"""


def _text(question: Question) -> str:
    """What Athena is to run: a ``?`` for each parameter, and a line that says which is which."""
    sql, names = marked(question.sql.replace("${", "${!"))
    lines = with_prefix(_PREFIX, sql).rstrip("\n").splitlines()
    if names:
        head = next(at for at, line in enumerate(lines) if not line.startswith("--"))
        lines.insert(head, f"-- each ? in order: {', '.join(names)}")
    return "\n".join(lines) + "\n"
