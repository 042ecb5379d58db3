from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from mocked import mocked_river
from website import website

from feedriver.cli import options, run
from feedriver.cli.app import main


@dataclass
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        return [line for line in self.err.splitlines() if not line.startswith("polling")]


@pytest.fixture
def origin():
    with website() as site:
        yield site


@pytest.fixture
def feedriver(monkeypatch, capfdbinary):
    """The command line, as the `feedriver` script calls it."""

    def call(*arguments: object) -> Said:
        monkeypatch.setattr("sys.argv", ["feedriver", *map(str, arguments)])
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capfdbinary.readouterr()
        said = Said(int(ended.value.code or 0), printed.out.decode(), printed.err.decode())
        assert "Traceback" not in said.out + said.err
        return said

    return call


@pytest.fixture
def river(monkeypatch, tmp_path):
    """The local river of the commands, on moto in place of the emulator."""
    with mocked_river() as river:

        @contextmanager
        def local_deployment(folder, **_):
            folder.mkdir(parents=True, exist_ok=True)
            yield river

        monkeypatch.setattr(run, "local_deployment", local_deployment)
        monkeypatch.setattr(options, "local_deployment", local_deployment)
        monkeypatch.setenv("COLUMNS", "120")
        yield river
