"""The wheel: what is installed from it works where there is no checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from checkout import ROOT

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with what the wheel brings, and nothing else of feedriver."""
    dist, target = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", dist]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = dist.glob("feedriver-*.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel]
    subprocess.run(install, check=True)
    return target


def feedriver(installed, tmp_path, *arguments):
    code = f"import sys; sys.path.insert(0, {str(installed)!r}); from feedriver.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        check=False,
        capture_output=True,
        text=True,
    )


def test_the_wheel_carries_the_template_and_the_functions_and_says_its_version(installed, tmp_path):
    brought = installed / "feedriver" / "local" / "checkout"
    assert (brought / "template.yaml").read_bytes() == (ROOT / "template.yaml").read_bytes()
    assert {path.name for path in (brought / "functions").iterdir()} == {"dispatch", "poll", "reconcile", "subscriber"}
    told = feedriver(installed, tmp_path, "--version")
    (about,) = installed.glob("feedriver-*.dist-info")
    assert told.stdout.startswith(f"feedriver {about.name.split('-')[1].removesuffix('.dist')} ")


@pytest.mark.stack
def test_it_runs_the_sample_town_without_a_checkout(installed, tmp_path):
    told = feedriver(installed, tmp_path, "run", "--town", "--json", "--data", str(tmp_path / "data"))
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["polled"] > 20
