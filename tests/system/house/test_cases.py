"""docs/cases.md and the tests agree: each case of the world has a row there, and tests that are marked with its id."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from checkout import ROOT

PAGE = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([A-Z]+\d\d) \| [^|]+ \| [^|]+ \|$", re.MULTILINE)


def rows(*headings: str) -> Counter[str]:
    """The ids of the rows below these headings, or of all rows, and how often each is there."""
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    chosen = [each for each in sections if not headings or each.startswith(headings)]
    return Counter(ROW.findall("\n".join(chosen)))


def marks_of(path: Path) -> set[str]:
    """The cases that the tests of a file are marked with."""
    calls = [each for each in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(each, ast.Call)]
    marks = [each for each in calls if ast.unparse(each.func) == "pytest.mark.case"]
    return {argument.value for mark in marks for argument in mark.args}


MARKED = set().union(*map(marks_of, (ROOT / "tests").rglob("test_*.py")))


def test_each_case_has_one_row():
    assert [case for case, times in rows().items() if times > 1] == []


def test_each_case_that_a_test_is_marked_with_has_a_row():
    assert sorted(MARKED - set(rows())) == []


def test_each_row_has_a_test_but_those_that_say_that_they_have_none():
    assert sorted(set(rows()) - MARKED - set(rows("Decided otherwise", "Open"))) == []


def test_an_open_case_has_no_test_yet():
    assert sorted(MARKED & set(rows("Open"))) == []
