"""What others may import: it is named, does not change by accident, and needs pydantic alone."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys

import pytest
from checkout import ROOT

import feedriver

PUBLIC = ("models", "events", "subscriber", "errors")


@pytest.mark.parametrize("name", PUBLIC)
def test_what_a_module_names_is_there_and_said_in_words(name):
    module = importlib.import_module(f"feedriver.{name}")
    for each in module.__all__:
        thing = getattr(module, each)
        assert not each.startswith("_")
        assert not inspect.isclass(thing) or thing.__doc__


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "errors"])
def test_what_a_public_module_defines_is_public_or_marked_as_its_own(name):
    module = importlib.import_module(f"feedriver.{name}")
    defined = {
        each
        for each, thing in vars(module).items()
        if not each.startswith("_") and getattr(thing, "__module__", None) == module.__name__
    }
    assert defined <= set(module.__all__)


def test_it_needs_pydantic_alone():
    imports = ", ".join(f"feedriver.{name}" for name in PUBLIC)
    code = f"import json, sys, {imports}; print(json.dumps([*sys.modules]))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)
    brought = {"pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection", "feedriver"}
    ours = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    assert {name for name in ours if not name.startswith("_")} <= brought


def test_d1_without_the_extra_the_command_says_what_to_install_in_one_line():
    code = "import sys; sys.modules['typer'] = None; from feedriver.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "feedriver[cli]" in done.stderr
    assert "typer" in done.stderr


def test_the_version_is_told_once():
    said = re.compile(rf"\b{re.escape(feedriver.__version__)}\b")
    places = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py"), ROOT / "pyproject.toml"]
    assert [path.name for path in places if said.search(path.read_text(encoding="utf-8"))] == ["__init__.py"]
