"""The mutation gate: each mutant of our own code must be killed by the tests that are named for it: `make mutants`.

`mutants.toml` lists them: what a mutant breaks, the edits that make it, the tests that notice. First all these tests
pass on an unchanged copy of the code, or the gate would prove nothing. Then each mutant has a copy of its own. An edit
whose old text is not there exactly once fails the gate: the list is kept up with the code.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LIST = Path(__file__).with_name("mutants.toml")
CODE = ("shared", "functions")
LIBRARIES = ("pytest", "aiohttp.web", "boto3.s3.transfer", "feedparser", "hypothesis.strategies", "nh3", "yaml")
LIBRARIES += ("pydantic.type_adapter", "selectolax.lexbor", "xml.dom.minidom")
LIBRARIES += tuple(f"moto.{service}.responses" for service in ("dynamodb", "events", "s3", "sqs"))
PATIENCE = 300  # seconds; a mutant that hangs for so long is told, and fails the gate
PATIENCE_UNCHANGED = 1_800  # for all the tests together, as slow as they may be
FAILED = re.compile(r"^FAILED (\S+)", re.MULTILINE)
PYTEST_FAILED = 1  # pytest's own exit status where tests failed; others mean that it could not run them


@dataclass(frozen=True)
class Mutant:
    """An edit of our code, and the tests that notice what it `breaks`."""

    name: str
    breaks: str
    module: str
    edits: tuple[tuple[str, str], ...]
    tests: tuple[str, ...]

    def applied(self, source: str) -> str:
        """The module's source with all edits made, or `ValueError`."""
        for old, new in self.edits:
            if source.count(old) != 1:
                raise ValueError(f"{self.module} holds {source.count(old)} times, not once:\n{old}")
            source = source.replace(old, new)
        return source


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: the test that killed it, or why none did."""

    mutant: Mutant
    killed_by: str | None
    seconds: float
    trouble: str = ""


def mutants() -> list[Mutant]:
    """The list."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))["mutant"]
    return [
        Mutant(
            name=each["name"],
            breaks=each["breaks"],
            module=each["module"],
            edits=tuple((old, new) for old, new in each["edits"]),
            tests=tuple(each["tests"]),
        )
        for each in listed
    ]


def copied(into: Path, source: Path = ROOT) -> Path:
    """A copy of the code. Bytecode comes along, so that only what is changed is compiled anew."""
    for folder in CODE:
        shutil.copytree(source / folder, into / folder)
    shutil.copy2(source / "template.yaml", into)  # a river is deployed from the checkout that its code lies in
    return into


def run(code: Path, tests: Iterable[str], patience: float = PATIENCE) -> tuple[int | None, str]:
    """This checkout's tests on the code that lies there, up to the first that fails: pytest's exit status and words.

    The status is None where they were not done in time. They run in a process that found the libraries loaded.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LIBRARIES))
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder) / "words"
        process = context.Process(target=_pytest, args=(code, list(tests), words))
        process.start()
        process.join(patience)
        if process.is_alive():
            process.kill()
            process.join()
            return None, ""
        return process.exitcode, words.read_text(encoding="utf-8")


def _pytest(code: Path, tests: list[str], words: Path) -> None:
    """The life of that process."""
    with words.open("wb") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    ours = [str(code / "shared"), str(code)]
    sys.path[:0] = ours
    os.environ["PYTHONPATH"] = os.pathsep.join(ours)
    os.chdir(ROOT)
    paths = " ".join(f"'{path}'" for path in (*ours, ROOT / "tests" / "support", ROOT / "tests" / "system", ROOT))
    options = ["-x", "-q", "-rf", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", f"pythonpath={paths}"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of what was loaded beforehand
    import pytest  # noqa: PLC0415  # who starts us need not load it

    status = pytest.main([*options, *tests])
    sys.stdout.flush()
    os._exit(status)  # what a test left running is not waited for


def judged(mutant: Mutant, unchanged: Path) -> Verdict:
    """Run the mutant's tests on it."""
    begun = time.monotonic()

    def verdict(killed_by: str | None = None, trouble: str = "") -> Verdict:
        return Verdict(mutant, killed_by, time.monotonic() - begun, trouble)

    with tempfile.TemporaryDirectory() as folder:
        code = copied(Path(folder) / "code", unchanged)
        module = code / mutant.module
        try:
            module.write_text(mutant.applied(module.read_text(encoding="utf-8")), encoding="utf-8")
        except (OSError, ValueError) as error:
            return verdict(trouble=str(error))
        status, words = run(code, mutant.tests)
    killers = FAILED.findall(words)
    if status == 0:
        return verdict(trouble="it SURVIVED its tests")
    if status != PYTEST_FAILED or not killers:
        return verdict(trouble=f"its tests could not be run to their end ({status}):\n{words}")
    return verdict(killers[0])


def shares(wanted: Sequence[Mutant]) -> list[list[str]]:
    """The tests that these mutants name, each once, in a share for each processor: a file's stay together."""
    tests = dict.fromkeys(test for mutant in wanted for test in mutant.tests)
    files = {file: number for number, file in enumerate(dict.fromkeys(test.partition("::")[0] for test in tests))}
    found: list[list[str]] = [[] for _ in range(os.cpu_count() or 1)]
    for test in tests:
        found[files[test.partition("::")[0]] % len(found)].append(test)
    return [share for share in found if share]


def gate(wanted: Sequence[Mutant]) -> tuple[list[Verdict], str]:
    """The verdicts, and what is wrong with the tests themselves on unchanged code ("": nothing)."""
    with tempfile.TemporaryDirectory() as folder:
        unchanged = copied(Path(folder) / "code")
        with ThreadPoolExecutor(os.cpu_count()) as workers:
            for status, words in workers.map(lambda tests: run(unchanged, tests, PATIENCE_UNCHANGED), shares(wanted)):
                if status != 0:
                    return [], f"the tests fail without any mutant ({status}):\n{words}"
            return list(workers.map(lambda mutant: judged(mutant, unchanged), wanted)), ""


def told(verdicts: Sequence[Verdict], seconds: float) -> str:
    """A line a mutant, and the sum."""
    width = max((len(each.mutant.name) for each in verdicts), default=0)
    lines = [
        f"{each.mutant.name:<{width}}  {each.seconds:5.1f} s  {each.killed_by or 'TROUBLE ' + each.trouble}"
        for each in verdicts
    ]
    killed = sum(each.killed_by is not None for each in verdicts)
    return "\n".join([*lines, f"{killed} of {len(verdicts)} mutants killed in {seconds:.0f} s"])


def main(names: Sequence[str]) -> int:
    """Judge all mutants, or those of these names."""
    begun = time.monotonic()
    verdicts, trouble = gate([mutant for mutant in mutants() if not names or mutant.name in names])
    print(trouble or told(verdicts, time.monotonic() - begun))  # noqa: T201  # for people
    return 1 if trouble or any(each.killed_by is None for each in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
