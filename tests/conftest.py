"""For all tests: a property is judged by what holds, not by how long a busy machine takes to see it."""

import os
import secrets

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_addoption(parser):
    parser.addoption("--case", action="append", default=[], help="only the tests of this case of docs/cases.md, as F21")


def pytest_configure():
    """One seed for all processes of a run: half of what the fuzzers try (tests/system/fuzz) is new each time."""
    os.environ.setdefault("FUZZ_SEED", str(secrets.randbits(32)))


def pytest_report_header():
    return f"fuzzers: FUZZ_SEED={os.environ['FUZZ_SEED']} repeats this run's documents"


def pytest_collection_modifyitems(config, items):
    wanted = set(config.getoption("--case"))
    if not wanted:
        return
    chosen = [item for item in items if any(wanted & set(mark.args) for mark in item.iter_markers("case"))]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen
