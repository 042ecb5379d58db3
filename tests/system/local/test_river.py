"""The local river over the sample town: a run, a second, and after a restart a third, in template.yaml itself."""

from __future__ import annotations

import hashlib
import json
import socket
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from feedriver.cli.run import _pass
from feedriver.cli.sources import register_all
from feedriver.errors import InputError, LocalStackError
from feedriver.events import EntryPublished, EntryUpdated, parse_event
from feedriver.local import folder as folders
from feedriver.local.deploy import checkout, read_template
from feedriver.local.emulator import emulator
from feedriver.local.folder import local_deployment
from feedriver.local.mirror import mirror_bucket
from feedriver.local.town import Town
from feedriver.models import Entry
from feedriver.poll.batches import Report
from feedriver.wiring.deployment import Deployment

pytestmark = pytest.mark.stack

TROUBLED = {"not_a_feed", "truncated", "http_404", "gone"}


@dataclass
class Run:
    reports: list[Report]
    events: list[str]

    @property
    def outcomes(self) -> Counter[str]:
        return Counter(report.outcome for report in self.reports)


@dataclass
class Runs:
    folder: object
    first: Run
    second: Run
    third: Run
    second_opening: str
    resources: dict[str, str]
    mirror: dict[str, bytes]
    bucket: dict[str, bytes]
    left_in_queue: int


def run_once(river: Deployment, folder, now: datetime) -> Run:
    return Run(*_pass(river, folder, lambda: now, everything=True, private=True, quiet=True))


def refusal_to_open(folder) -> str:
    with pytest.raises(InputError) as caught, local_deployment(folder):
        pass
    return str(caught.value)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs in one river, a restart, and a third after the Gazette's next edition came out."""
    folder, now = tmp_path_factory.mktemp("river"), datetime.now(UTC)
    with Town(memory=None, slow=0) as town:
        with local_deployment(folder) as river:
            register_all(river.registry, town.feeds, now)
            first = run_once(river, folder, now)
            second = run_once(river, folder, now + timedelta(minutes=1))
            second_opening = refusal_to_open(folder)
            found = river.clients("cloudformation").describe_stack_resources(StackName="feedriver")["StackResources"]
            resources = {each["LogicalResourceId"]: each["ResourceType"] for each in found}
            queue = river.stack["SubscriberQueue"]
            left = river.clients("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        town.publish()
        with local_deployment(folder) as river:
            third = run_once(river, folder, now + timedelta(minutes=2))
            root = mirror_bucket(river, folder)
            s3, bucket = river.clients("s3"), river.stack["EntriesBucket"]
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
            keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
            stored = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
    mirrored = {
        path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }
    return Runs(
        folder,
        first,
        second,
        third,
        second_opening,
        resources,
        mirrored,
        stored,
        int(left["ApproximateNumberOfMessages"]),
    )


def test_template_yaml_itself_is_what_is_deployed(runs):
    wanted = {
        name: resource["Type"]
        for name, resource in read_template(checkout())["Resources"].items()
        if resource.get("Condition") != "NotLocal"
    }
    for name, kind in wanted.items():
        kind = kind.replace("AWS::Serverless::", "AWS::Lambda::")  # noqa: PLW2901  # what SAM makes of it
        assert runs.resources[name] == kind
    assert "BusArchive" not in runs.resources


def test_the_first_run_brings_every_entry_and_names_every_trouble(runs):
    outcomes = runs.first.outcomes
    assert outcomes["published"] == len(runs.first.reports) - len(TROUBLED)
    assert {outcome for outcome in outcomes if outcome != "published"} == TROUBLED
    assert all(report.why for report in runs.first.reports)
    entries = [event for event in map(parse_event, runs.first.events) if isinstance(event, EntryPublished)]
    assert len(entries) == sum(report.new for report in runs.first.reports) > 300
    assert len({event.detail.metadata.event_id for event in entries}) == len(entries)


@pytest.mark.case("F16")
def test_the_second_run_is_conditional_and_announces_nothing(runs):
    assert sum(report.new + report.updated for report in runs.second.reports) == 0
    assert runs.second.outcomes["not_modified"] >= 15
    assert set(runs.second.outcomes) <= TROUBLED | {"not_modified", "unchanged"}
    assert runs.second.events == []
    gone = next(report for report in runs.second.reports if report.outcome == "gone")
    assert not gone.asked


def test_state_survives_a_restart_and_the_gazette_has_one_new_story_and_one_corrected(runs):
    assert [(r.new, r.updated) for r in runs.third.reports if r.outcome == "published"] == [(1, 1)]
    assert len(runs.third.reports) == len(runs.first.reports)
    told = [event for event in map(parse_event, runs.third.events) if isinstance(event, EntryPublished | EntryUpdated)]
    assert sorted(event.detail_type for event in told) == ["Entry Published", "Entry Updated"]
    (updated,) = (event.detail.data.entry for event in told if event.detail_type == "Entry Updated")
    assert updated.revision == 2
    assert updated.changed


def test_every_line_of_events_jsonl_is_an_envelope_as_eventbridge_sends_it(runs):
    lines = (runs.folder / "events.jsonl").read_text("utf-8").splitlines()
    assert lines == [*runs.first.events, *runs.third.events]
    for line in lines:
        parse_event(line)
        envelope = json.loads(line)
        assert {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"} <= set(
            envelope
        )
        assert envelope["source"] == "feedriver"


def test_the_queue_is_empty_after_a_run(runs):
    assert runs.left_in_queue == 0


def test_the_mirror_is_the_bucket_file_for_file(runs):
    assert runs.mirror == runs.bucket
    assert {key.partition("/")[0] for key in runs.bucket} == {"entries", "raw", "polls"}


def test_each_event_points_to_the_bytes_of_its_entry(runs):
    for event in map(parse_event, [*runs.first.events, *runs.third.events]):
        if isinstance(event, EntryPublished | EntryUpdated):
            pointer, entry = event.detail.data.object, event.detail.data.entry
            line = runs.mirror[pointer.key][pointer.offset : pointer.offset + pointer.length]
            assert hashlib.sha256(line).hexdigest() == pointer.sha256
            stored = Entry.model_validate_json(line)
            assert (stored.id, stored.revision) == (entry.id, entry.revision)
            assert event.detail.data.trimmed or stored == entry


def test_a_second_feedriver_in_the_same_folder_is_told_so_in_one_line(runs):
    assert "another feedriver is using it" in runs.second_opening
    assert "\n" not in runs.second_opening


@pytest.mark.parametrize("below", [True, False], ids=["below a file", "a file itself"])
def test_a_folder_that_cannot_be_is_refused_in_one_line(tmp_path, below):
    (tmp_path / "file").write_text("x")
    message = refusal_to_open(tmp_path / "file" / "data" if below else tmp_path / "file")
    assert "choose a folder that can be written" in message
    assert "\n" not in message


def test_too_little_disk_is_refused_before_anything_is_begun(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "LEAST_FREE", 2**62)
    assert "No space left on device" in refusal_to_open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_port_in_use_is_named_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalStackError) as caught, emulator(tmp_path, port):
            pass
    assert f"port {port}" in str(caught.value)
    assert "choose another one" in str(caught.value)
    assert "\n" not in str(caught.value)
