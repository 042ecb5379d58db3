"""The gate itself, and the mutants that matter most; `make mutants` judges all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from mutants.gate import ROOT, Mutant, copied, gate, judged, mutants, told

LISTED = {mutant.name: mutant for mutant in mutants()}
WORST = ("validators-apart", "clear-before-announce", "no-rev-guard", "random-event-ids", "partial-failure-ignored")
HARMLESS = Mutant(
    name="harmless",
    breaks="nothing",
    module="shared/feedriver/keys.py",
    edits=(("import hashlib\n", "import hashlib  # as ever\n"),),
    tests=("tests/unit/test_keys.py",),
)


@pytest.mark.parametrize("mutant", LISTED.values(), ids=LISTED)
def test_each_mutant_is_an_edit_of_todays_code_and_still_python(mutant):
    source = (ROOT / mutant.module).read_text(encoding="utf-8")
    compile(mutant.applied(source), mutant.module, "exec")
    assert all((ROOT / test.partition("::")[0]).is_file() for test in mutant.tests)


def test_no_two_mutants_have_one_name():
    assert len(LISTED) == len(mutants())


@pytest.mark.long
@pytest.mark.case("D22")
def test_d22_the_worst_mutants_are_killed():
    verdicts, trouble = gate([LISTED[name] for name in WORST])
    assert trouble == ""
    assert [each.mutant.name for each in verdicts if each.killed_by is None] == []


def test_a_survivor_is_told(tmp_path: Path):
    verdict = judged(HARMLESS, copied(tmp_path / "code"))
    assert (verdict.killed_by, verdict.trouble) == (None, "it SURVIVED its tests")
    assert told([verdict], 1.0).endswith("0 of 1 mutants killed in 1 s")


def test_an_edit_of_what_is_no_longer_there_is_told(tmp_path: Path):
    verdict = judged(replace(HARMLESS, edits=(("import nothing\n", ""),)), copied(tmp_path / "code"))
    assert verdict.killed_by is None
    assert "holds 0 times, not once" in verdict.trouble


def test_a_test_that_is_not_there_kills_nothing(tmp_path: Path):
    verdict = judged(replace(HARMLESS, tests=("tests/unit/test_keys.py::test_nothing",)), copied(tmp_path / "code"))
    assert verdict.killed_by is None
    assert "could not be run" in verdict.trouble


def test_tests_that_fail_by_themselves_prove_nothing():
    verdicts, trouble = gate([replace(HARMLESS, tests=("tests/unit/test_keys.py::test_nothing",))])
    assert verdicts == []
    assert trouble.startswith("the tests fail without any mutant")
