"""The commands of the docs, and the README's output: run, or where they need an account or Docker, at least there."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from checkout import ROOT
from moto import mock_aws
from typer.testing import CliRunner

from feedriver.cli.app import app
from feedriver.events import parse_event
from feedriver.local.emulator import free_port

PAGES = [
    path.relative_to(ROOT).as_posix()
    for folder in (".", "docs", "docs/decisions", "events")
    for path in sorted((ROOT / folder).glob("*.md"))
]
DOCUMENTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in PAGES}
TOP = re.compile("(?:tests|functions|shared|events|bench|tools)/")
COMMAND = re.compile(r"(?:make|\.venv/bin/\w+) .+")


def commands() -> list[str]:
    """Those that stand in blocks and those within the text, of all pages."""
    blocks = [block for text in DOCUMENTS.values() for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]
    within = [code for text in DOCUMENTS.values() for code in re.findall(r"`([^`\n]+)`", text)]
    lines = [line for block in blocks for line in block.splitlines()] + [
        each for each in within if COMMAND.fullmatch(each)
    ]
    return list(dict.fromkeys(lines))


def python_of(document: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", DOCUMENTS[document], re.DOTALL)


def json_of(document: str, *, event: bool) -> dict[str, Any]:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOCUMENTS[document], re.DOTALL)]
    (shown,) = [block for block in blocks if ("detail-type" in block) == event]
    return shown


def holds(whole: object, part: object) -> bool:
    """Whether `part` is `whole`, but for fields of objects that it leaves out."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return bool(part) and all(name in whole and holds(whole[name], part[name]) for name in part)
    return whole == part


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        shell=True,
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.mark.parametrize("command", [command for command in commands() if command.startswith("make")])
def test_a_make_command_has_its_target(command: str) -> None:
    shell(f"{command} --dry-run")


@pytest.mark.parametrize("command", [command for command in commands() if "/feedriver " in command])
def test_a_feedriver_command_is_one(command: str) -> None:
    words = [word for word in command.split()[1:] if re.fullmatch(r"[a-z]+", word)][:2]

    assert CliRunner().invoke(app, [words[0], "--help"]).exit_code == 0
    assert words[0] in {info.name for info in (*app.registered_commands, *app.registered_groups)}


@pytest.mark.parametrize("command", [command for command in commands() if "/python " in command])
def test_what_a_python_command_runs_is_there(command: str) -> None:
    words = command.split()
    named = [word for word in words[1:] if word.startswith(("tests/", "bench/", "tools/"))]
    marks = re.findall(r"-m pytest -m (\w+)", command)
    cases = re.findall(r"--case (\w+)", command)

    assert named or marks or cases
    assert not [name for name in named if not (ROOT / name).exists()]
    assert not [
        mark for mark in marks if f'\n    "{mark}: ' not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ]
    assert not [case for case in cases if f"| {case} |" not in DOCUMENTS["docs/cases.md"]]


@pytest.mark.stack
def test_make_run_twice_says_what_the_readme_says(tmp_path: Path) -> None:
    venv = Path(sys.prefix).as_posix()
    port = str(free_port("127.0.0.1", 0))
    first = shell("make run", DATA=str(tmp_path), TOWN_PORT=port, VENV=venv, COLUMNS="150").stdout
    second = shell("make run", DATA=str(tmp_path), TOWN_PORT=port, VENV=venv, COLUMNS="150").stdout
    third = shell("make run", DATA=str(tmp_path), TOWN_PORT=port, VENV=venv, COLUMNS="150").stdout
    told = [line.strip() for out in (first, second) for line in out.splitlines() if " polled, " in line]

    assert len(told) == 2
    assert all(line in DOCUMENTS["README.md"] for line in told)
    assert "The subscriber's queue received: 371 Entry Published, 1 Feed Gone." in first
    assert "The subscriber's queue received: nothing." in second
    assert "1 new, 1 updated" in third


def test_parse_prints_what_the_readme_says() -> None:
    command = next(command for command in commands() if " parse " in command)
    told = json.loads(shell(command.replace(".venv/bin/feedriver", f"{Path(sys.executable).parent}/feedriver")).stdout)

    assert set(told) == {"feed", "entries", "rejected"}
    assert {"id", "revision", "changed", "text", "html", "published", "published_raw"} <= set(told["entries"][0])
    assert json_of("README.md", event=False).items() <= told["entries"][0].items()


def test_the_event_that_the_readme_shows_is_the_sample_shortened() -> None:
    sample = json.loads((ROOT / "events" / "entry-published.json").read_text(encoding="utf-8"))
    shown = json_of("README.md", event=True)

    assert holds(sample, shown)
    assert shown["detail"]["data"]["entry"].keys() >= {"id", "revision", "title"}


def test_the_subscribers_snippet_runs(capsys: pytest.CaptureFixture[str]) -> None:
    sample = (ROOT / "events" / "entry-published.json").read_text(encoding="utf-8")
    entry = parse_event(sample).detail.data.entry
    (snippet,) = python_of("README.md")
    exec(snippet, {"body": sample})

    assert capsys.readouterr().out == f"{entry.id} {entry.revision} {len(entry.text)} characters\n"


def test_the_snippet_that_follows_an_event_to_its_object_reads_what_was_trimmed(capsys, monkeypatch):
    sample = json.loads((ROOT / "events" / "entry-published.json").read_text(encoding="utf-8"))
    entry = parse_event(json.dumps(sample)).detail.data.entry
    line = entry.model_dump_json().encode()
    data = sample["detail"]["data"]
    data["entry"]["text"], data["trimmed"] = "", ["text"]
    data["object"] |= {"offset": 7, "length": len(line), "sha256": hashlib.sha256(line).hexdigest()}
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=data["object"]["bucket"])
        s3.put_object(Bucket=data["object"]["bucket"], Key=data["object"]["key"], Body=b"before\n" + line + b"\n")
        exec(python_of("README.md")[0], {"body": json.dumps(sample)})

    assert capsys.readouterr().out == f"{entry.id} {entry.revision} {len(entry.text)} characters\n"
    assert entry.text


@pytest.mark.parametrize("document", PAGES)
def test_a_file_that_a_document_names_is_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = set(re.findall(r"\]\(([^)#:]+)\)", text))
    named = set(re.findall(r"`((?:tests|functions|shared|events|bench|tools|docs)/[\w./-]+)`", text))
    named |= {
        f"shared/feedriver/{name}" for name in re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)`", text) if not TOP.match(name)
    }

    assert not [link for link in links if not ((ROOT / document).parent / link).exists()]
    assert not [name for name in named if "NAME" not in name and not (ROOT / name).exists()]
