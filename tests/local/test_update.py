"""A stack with feeds and entries in it is deployed over, and nothing is lost or announced again.

`make test-update FROM=REF` has the code of another commit make it: template, functions and what they write.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from feedriver.decide import wheel
from feedriver.local.emulator import REGION, emulator
from feedriver.local.stack import checkout, deploy
from feedriver.local.town import Town
from local.enforced import Enforced, parameters, until

pytestmark = pytest.mark.stack


@pytest.fixture
def before(tmp_path):
    """The checkout that makes the stack: this one, or the commit that FROM names."""
    if not (ref := os.environ.get("FROM")):
        return checkout()
    archive = subprocess.run(["git", "archive", ref], cwd=checkout(), capture_output=True, check=True).stdout
    (folder := tmp_path / "before").mkdir()
    subprocess.run(["tar", "--extract", "--directory", folder], input=archive, check=True)
    return folder


def add(aws, root: Path, feeds: list[str]) -> None:
    """Have that checkout's own command line add them."""
    environment = os.environ | {
        "PYTHONPATH": str(root / "shared"),
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ACCESS_KEY_ID": aws.access_key,
        "AWS_SECRET_ACCESS_KEY": aws.secret_key,
        "AWS_DEFAULT_REGION": REGION,
    }
    command = [sys.executable, "-c", "from feedriver.cli.app import main; main()", "feeds", "add", "--stack", "feedriver"]
    subprocess.run([*command, *feeds], env=environment, check=True, stdout=subprocess.DEVNULL)


def poll_all(enforced: Enforced) -> dict[str, set[str]]:
    """Have the schedule's functions poll every feed now, whatever its turn; how each fared."""
    s3, bucket, states = enforced.aws.clients("s3"), enforced.stack["EntriesBucket"], enforced.river.states
    known, ids = set(enforced.listing("polls/")), set()
    for state in list(states.every()):
        states.commit(state.model_copy(update={"rev": state.rev + 1, "slot": wheel.NEW, "not_before": None}))
        ids.add(state.feed_id)

    def fared() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for key in set(enforced.listing("polls/")) - known:
            for line in s3.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines():
                report = json.loads(line)
                found.setdefault(report["feed_id"], set()).add(report["outcome"])
        return found

    enforced.dispatch()
    until(lambda: set(fared()) == ids)
    return fared()


def test_a_stack_is_deployed_over_and_its_feeds_and_entries_stay(before, tmp_path):
    (folder := tmp_path / "aws").mkdir()
    with emulator(folder, enforce_iam=True) as aws, Town(memory=None, slow=0) as town:
        settled = parameters(aws)
        enforced = Enforced(aws, deploy(aws, settled, before))
        enforced.allow_what_the_emulator_asks_for()
        feeds = list(town.feeds[:6])  # one of each kind
        add(aws, before, [*feeds, f"{feeds[0]}?token=canary-1"])
        enforced.dispatch()
        until(lambda: enforced.listing("polls/"))
        entries = sorted(enforced.lines())
        assert len(entries) > 20
        until(lambda: enforced.latest() >= len(entries))

        for days in ("7", "30"):
            enforced = Enforced(aws, deploy(aws, settled | {"RawDays": days}))
            for outcomes in poll_all(enforced).values():
                # where the schedule's own dispatch came, too, the second asks nobody
                assert outcomes & {"not_modified", "unchanged"}
                assert outcomes <= {"not_modified", "unchanged", "waiting"}
            assert sorted(enforced.lines()) == entries
        states = list(enforced.river.states.every())
        assert len(states) == len(feeds) + 1
        assert [state.url for state in states if state.failing or state.outbox] == []
        assert enforced.latest() == len(entries)
        assert enforced.dead_letters() == 0
