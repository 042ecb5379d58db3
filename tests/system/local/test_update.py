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
from local.enforced import Enforced, parameters, until

from feedriver.decide import wheel
from feedriver.local.deploy import checkout, deploy
from feedriver.local.emulator import REGION, emulator
from feedriver.local.town import Town
from feedriver.urls import feed_id

pytestmark = [pytest.mark.stack, pytest.mark.long]


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
    command = [
        sys.executable,
        "-c",
        "from feedriver.cli.app import main; main()",
        "feeds",
        "add",
        "--stack",
        "feedriver",
    ]
    subprocess.run([*command, *feeds], env=environment, check=True, stdout=subprocess.DEVNULL)


def poll_all(enforced: Enforced) -> dict[str, str]:
    """Have the functions poll every feed, whatever its turn; the outcomes by feed."""
    s3, bucket, states = enforced.aws.clients("s3"), enforced.stack["EntriesBucket"], enforced.river.states
    known, ids = set(enforced.listing("polls/")), set()
    for state in list(states.every()):
        if state.slot != wheel.NEW:
            states.commit(state.model_copy(update={"rev": state.rev + 1, "slot": wheel.NEW, "not_before": None}))
        ids.add(state.feed_id)

    def outcomes() -> dict[str, str]:
        logs = [s3.get_object(Bucket=bucket, Key=key)["Body"] for key in set(enforced.listing("polls/")) - known]
        reports = [json.loads(line) for log in logs for line in log.read().splitlines()]
        return {report["feed_id"]: report["outcome"] for report in reports}

    enforced.dispatch()
    until(lambda: outcomes().keys() == ids)
    # The emulator ends what a function is at when it is updated, and its messages come back minutes later.
    until(lambda: enforced.latest() >= len(enforced.lines()))
    return outcomes()


def test_a_stack_is_deployed_over_and_its_feeds_and_entries_stay(before, tmp_path):
    (folder := tmp_path / "aws").mkdir()
    with emulator(folder, enforce_iam=True) as aws, Town(memory=None, slow=0) as town:
        settled = parameters(aws)
        enforced = Enforced(aws, deploy(aws, settled, before))
        enforced.allow_what_the_emulator_asks_for()
        enforced.stop_the_schedule()
        feeds = [*town.feeds[:6], f"{town.feeds[0]}?token=canary-1"]
        add(aws, before, feeds)
        assert set(poll_all(enforced).values()) == {"published"}
        entries = set(enforced.lines())

        for days, another in (("7", town.feeds[6]), ("30", town.feeds[7])):
            enforced = Enforced(aws, deploy(aws, settled | {"RawDays": days}))
            add(aws, checkout(), [another])
            outcomes = poll_all(enforced)
            assert outcomes.pop(feed_id(another)) == "published"
            assert set(outcomes.values()) <= {"not_modified", "unchanged"}
            lines = enforced.lines()
            assert len(lines) == len(set(lines))  # none twice
            assert entries < set(lines)
            entries = set(lines)
        states = list(enforced.river.states.every())
        assert len(states) == len(feeds) + 2
        assert [state.url for state in states if state.failing or state.outbox] == []
        assert enforced.latest() == len(entries)
        assert enforced.dead_letters() == 0
