"""`make bench` runs from a clean clone: each of its scripts, in its bounded form, with what there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from checkout import ROOT

RECIPE = re.search(r"^bench: setup\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1]
# The paths that are searched, the script, and whether it has a bounded form.
STEP = re.compile(
    r"^\t(?:PYTHONPATH=(\S+) )?\$\(BIN\)/python (bench/\S+\.py)( \$\(if \$\(BOUND\),--bound\))?$", re.MULTILINE
)
STEPS = {script: (path, bound) for path, script, bound in STEP.findall(RECIPE)}
HELPS = {"bench/publisher.py", "bench/dispatching.py"}  # processes that the others start
# What bench/freshness.py is made of.
HELPS |= {"bench/budgets.py", "bench/figures.py", "bench/goals.py", "bench/histories.py", "bench/looks.py"}
HELPS |= {"bench/ours.py", "bench/peers.py", "bench/picture.py", "bench/report.py", "bench/resampled.py"}
HELPS |= {"bench/synthetic.py", "bench/weeks.py"}


def test_each_script_is_a_step_and_has_a_bounded_form():
    assert {f"bench/{path.name}" for path in (ROOT / "bench").glob("*.py")} == set(STEPS) | HELPS
    assert all(bound for _, bound in STEPS.values())


@pytest.mark.long
@pytest.mark.parametrize("script", STEPS)
def test_its_bounded_form_runs_with_what_a_clean_clone_has(script):
    path, _ = STEPS[script]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if path:
        environment["PYTHONPATH"] = path
    command = [sys.executable, script, "--bound"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "Traceback" not in done.stderr


def test_without_captured_feeds_the_documents_are_said_to_be_our_own(monkeypatch, tmp_path, capsys):
    monkeypatch.syspath_prepend(ROOT / "bench")
    import parsing  # noqa: PLC0415  # found there only

    monkeypatch.setattr(parsing.archive, "ARCHIVE", tmp_path / "nowhere")
    monkeypatch.setattr(parsing, "our_own", lambda: {"https://feeds.example/a": parsing.document(10)})
    monkeypatch.setattr(parsing, "ROUNDS", 1)
    parsing.main(bound=False, each=False)
    told = capsys.readouterr().out
    assert told.startswith("1 hand-written and generated documents\n")
    assert told.count("not judged, no captured feeds") == 3
