"""The bundles, built as `sam build` builds them, and tested as built: each with nothing else on its path.

They are made by the Python that Lambda runs. Where there is none these tests say so and are passed over, but in CI.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import ROOT

pytestmark = pytest.mark.long

FUNCTIONS = {
    "DispatchFunction": "dispatch",
    "PollFunction": "poll",
    "ReconcileFunction": "reconcile",
    "SubscriberFunction": "subscriber",
}
# What a handler starts as a process of its own, and what that imports where a document asks for it.
PARSE = ("autodiscovery", "jsonfeed", "xml.reader", "normalize.feed", "normalize.entry")
LATER = {"PollFunction": ("feedriver.sandbox.child", *(f"feedriver.parse.{name}" for name in PARSE))}
ELF_MACHINES = {62: "x86_64", 183: "arm64"}  # e_machine, ELF header bytes 18-19
MOST_UNZIPPED = 60 * 1024 * 1024  # Lambda's bound is 250 MB; a cold start pays for each of them


def python_of_lambda() -> str:
    found = subprocess.run(
        ["make", "-s", "-f", ROOT / "Makefile", "-f", "-", "print-python"],
        input="print-python:\n\t@echo $(PYTHON313)\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    if not found:
        reason = "no Python 3.13 on this machine to make the bundles' bytecode with"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def build(function: str, target: Path, architecture: str) -> Path:
    target.mkdir()
    subprocess.run(
        ["make", "-s", f"build-{function}", f"ARTIFACTS_DIR={target}", f"ARCH={architecture}"],
        cwd=ROOT,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        check=True,
    )
    return target


@pytest.fixture(scope="module")
def python() -> str:
    return python_of_lambda()


@pytest.fixture(scope="module")
def bundles(python: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each function's bundle for the machine that the tests run on."""
    folder = tmp_path_factory.mktemp("bundles")
    architecture = "arm64" if os.uname().machine in {"arm64", "aarch64"} else "x86_64"
    return {function: build(function, folder / function, architecture) for function in FUNCTIONS}


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda's own runtime brings beside the bundle: boto3 and what it needs."""
    folder = tmp_path_factory.mktemp("runtime")
    site = next(Path(path) for path in sys.path if (Path(path) / "boto3").is_dir())
    for name in ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py"):
        (folder / name).symlink_to(site / name)
    return folder


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_bundle_imports_its_handler_with_nothing_else_on_its_path(
    function: str, bundles: dict[str, Path], runtime: Path, python: str
) -> None:
    handler = f"functions.{FUNCTIONS[function]}.app"
    code = f"import sys; sys.path[:0] = sys.argv[1:]; import {handler} as app; print(app.__file__)"
    told = subprocess.run(
        [python, "-I", "-S", "-c", code, str(bundles[function]), str(runtime)],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )

    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(str(bundles[function]))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_bundle_carries_the_modules_that_its_handler_imports_and_no_other(
    function: str, bundles: dict[str, Path], runtime: Path, python: str
) -> None:
    """Those that Python has imported when the handler, and what it starts or imports later, are there."""
    root = bundles[function]
    carried = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for path in (root / "feedriver").rglob("*.py")
    }
    code = """
import importlib, sys
sys.path[:0] = sys.argv[1:3]
list(map(importlib.import_module, sys.argv[3:]))
print(*(name for name in sys.modules if name.partition(".")[0] == "feedriver"))
"""
    roots = [f"functions.{FUNCTIONS[function]}.app", *LATER.get(function, ())]
    told = subprocess.run(
        [python, "-I", "-S", "-c", code, str(root), str(runtime), *roots],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )

    assert told.returncode == 0, told.stderr
    assert carried == set(told.stdout.split())


@pytest.mark.parametrize(
    ("function", "absent"),
    [
        ("DispatchFunction", ["feedparser", "aiohttp", "nh3", "selectolax", "feedriver/parse", "feedriver/fetch"]),
        ("SubscriberFunction", ["feedparser", "aiohttp", "nh3", "selectolax", "feedriver/aws", "feedriver/wiring"]),
        (
            "ReconcileFunction",
            ["feedparser", "aiohttp", "nh3", "feedriver/parse", "feedriver/fetch", "feedriver/poll/batch.py"],
        ),
        ("PollFunction", ["boto3", "typer", "rich", "ministack", "moto"]),
    ],
)
def test_a_bundle_holds_only_what_its_function_needs(
    function: str, absent: list[str], bundles: dict[str, Path]
) -> None:
    root = bundles[function]
    others = [name for name in FUNCTIONS.values() if name != FUNCTIONS[function]]

    for name in [*absent, "feedriver/local", "feedriver/cli", "bin", "tests", "template.yaml"]:
        assert not (root / name).exists(), name
    assert [path.name for path in (root / "functions").iterdir()] == [FUNCTIONS[function]], others
    assert sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) < MOST_UNZIPPED


@pytest.mark.parametrize("function", FUNCTIONS)
def test_bytecode_is_checked_by_the_hash_of_its_source(function: str, bundles: dict[str, Path]) -> None:
    """PEP 552: the flags say hash-based (bit 0) and checked (bit 1)."""
    root = bundles[function]
    sources = list(root.rglob("*.py"))
    compiled = list(root.rglob("*.cpython-313.pyc"))

    assert len(compiled) == len(sources) > 100
    assert {int.from_bytes(path.read_bytes()[4:8], "little") for path in compiled} == {0b11}


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_binaries_are_for_the_architecture_asked_for(architecture: str, python: str, tmp_path: Path) -> None:
    root = build("DispatchFunction", tmp_path / architecture, architecture)
    machines = {int.from_bytes(path.read_bytes()[18:20], "little") for path in root.rglob("*.so")}

    assert {ELF_MACHINES[machine] for machine in machines} == {architecture}


def test_two_builds_are_the_same_to_the_byte(bundles: dict[str, Path], tmp_path: Path) -> None:
    architecture = "arm64" if os.uname().machine in {"arm64", "aarch64"} else "x86_64"
    again = build("PollFunction", tmp_path / "again", architecture)

    assert digest(bundles["PollFunction"]) == digest(again)
