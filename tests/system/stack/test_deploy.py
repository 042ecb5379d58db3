"""`make deploy`: it asks once, keeps the answers, and rewrites nothing that is tracked. SAM CLI is a stand-in here."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from checkout import ROOT

# Notes how it was called; asked to be guided, it keeps what a person answered, or gives up as one who pressed Ctrl-C.
SAM = """#!/bin/sh
echo "$@" >>calls
case "$*" in *--guided*) test ! -f gives-up || exit 1
  sed 's/^parameter_overrides = "\\(.*\\)"$/parameter_overrides = "\\1 Contact=x RawDays=7"/' \
    deploy.toml >answered && mv answered deploy.toml;; esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("Makefile", "samconfig.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "sam").write_text(SAM)
    (tmp_path / "sam").chmod(0o755)
    return tmp_path


def deploy(checkout: Path, *variables: str, fails: bool = False) -> str:
    """Run it; how SAM CLI was called. The bundles are taken as built."""
    (checkout / "calls").unlink(missing_ok=True)
    command = ["make", "-s", "-o", "build", "deploy", "SAM=./sam", *variables]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) is fails, done.stderr
    return (checkout / "calls").read_text().strip()


def overrides(checkout: Path) -> str:
    return tomllib.loads((checkout / "deploy.toml").read_text())["default"]["deploy"]["parameters"][
        "parameter_overrides"
    ]


@pytest.mark.case("A03")
def test_a03_the_answers_of_the_first_deploy_are_those_of_the_second(checkout):
    tracked = (checkout / "samconfig.toml").read_bytes()
    assert deploy(checkout) == "deploy --guided --config-file deploy.toml"
    assert overrides(checkout) == 'Architecture="arm64" Contact=x RawDays=7'
    assert deploy(checkout) == "deploy --config-file deploy.toml --no-fail-on-empty-changeset"
    assert overrides(checkout) == 'Architecture="arm64" Contact=x RawDays=7'
    assert (checkout / "samconfig.toml").read_bytes() == tracked


@pytest.mark.case("A03")
def test_a03_what_was_built_is_what_the_prompt_offers(checkout):
    deploy(checkout, "ARCH=x86_64")
    assert overrides(checkout).startswith('Architecture="x86_64"')


@pytest.mark.case("A03")
def test_a03_where_nobody_answered_nothing_is_kept_and_it_asks_again(checkout):
    (checkout / "gives-up").touch()
    deploy(checkout, fails=True)
    assert not (checkout / "deploy.toml").exists()
    (checkout / "gives-up").unlink()
    assert "--guided" in deploy(checkout)


@pytest.mark.case("A03")
def test_a03_with_a_contact_it_asks_nothing_and_keeps_nothing(checkout):
    called = deploy(checkout, "CONTACT=https://a.example/", "PARAMETERS=RawDays=7", "STACK=other")
    assert called == (
        "deploy --config-file samconfig.toml --stack-name other --no-confirm-changeset --no-fail-on-empty-changeset"
        " --parameter-overrides Architecture=arm64 Contact=https://a.example/ RawDays=7"
    )
    assert not (checkout / "deploy.toml").exists()
