"""What the world does to a feed reader, and the tests that show what this one does: one row a case.

The rows stand in `cases/`. The ids are those of the project's catalogue of cases; a few words say what each is about. A
case that is decided otherwise names the words by which docs/cases.md tells why.
"""

import ast
import functools
import re
from pathlib import Path

import pytest
from cases import delivery, documents, requests

ROOT = Path(__file__).parents[1]
OTHERWISE = "docs/cases.md: "
CASES = requests.CASES | documents.CASES | delivery.CASES
GROUPS = {
    "F": (*range(1, 12), 13, 15, 16, *range(18, 31), 32, 33, 34, 35, 36, 39),
    "B": (1, 2, *range(4, 10), 11, 12, *range(15, 20), 22),
    "S": (*range(1, 7), *range(8, 12), 13, 14, 16),
    "P": (*range(1, 6), *range(7, 10), *range(11, 19), *range(21, 26)),
    "I": (1, 2, *range(4, 8), *range(9, 18), 19, 21, 22),
    "D": (*range(1, 11), *range(12, 17), 18, *range(20, 25), 26, 27, 28),
    "L": (*range(1, 7),),
}
EVIDENCE = [(case, each) for case, (_, shown) in CASES.items() for each in shown]


def words(name: str) -> str:
    """The name of a test without the ids in front: those may become more."""
    return re.sub(r"^test_(?:[a-z]\d\d_)*", "", name)


@functools.cache
def names_in(path: Path) -> set[str]:
    functions = [each.name for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.FunctionDef)]
    return {words(name) for name in functions if name.startswith("test_")}


def decided_otherwise() -> str:
    return (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")


def test_every_case_is_answered():
    assert set(CASES) == {f"{group}{number:02}" for group, numbers in GROUPS.items() for number in numbers}
    assert all(shown for _, shown in CASES.values())


@pytest.mark.parametrize(("case", "shown"), EVIDENCE, ids=[f"{case}-{n}" for n, (case, _) in enumerate(EVIDENCE)])
def test_what_answers_a_case_is_there(case, shown):
    if shown.startswith(OTHERWISE):
        assert shown.removeprefix(OTHERWISE) in decided_otherwise()
        return
    path, name = shown.split("::")
    assert words(name) in names_in(ROOT / path)
