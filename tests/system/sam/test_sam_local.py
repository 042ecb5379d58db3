"""The built functions in Lambda's own image: `sam local invoke`, against an AWS on this machine.

What runs is the bundle in a container, over the real runtime protocol: what is missing from a bundle shows here and
nowhere else on a laptop. Run by `make test-sam`, which builds first.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from checkout import ROOT
from fakes.origin import rss, story
from hostile.memory import Origin, function_memory

from feedriver.events import parse_event
from feedriver.local.folder import local_deployment
from feedriver.local.town import Town
from feedriver.poll.batches import Batch
from feedriver.registry import Registry, Subscription, first_revision
from feedriver.urls import feed_id
from feedriver.wiring.clients import utc_now
from feedriver.wiring.deployment import Deployment

TOWN_PORT = 8808  # the one that the feeds of events/poll.json are at
BRIDGE = "172.17.0.1"  # Docker's, unless it says otherwise: where a container finds its host
SAM = ROOT / ".venv-sam" / "bin" / "sam"
ENVIRONMENT = os.environ | {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "SAM_CLI_TELEMETRY": "0",
}

PROCESSOR = 1_769  # MB of memory for which Lambda gives a function one processor
LARGE_FEEDS = int(os.environ.get("LARGE_FEEDS", "20"))
LARGE = 5_000_000  # bytes

Invoke = Callable[..., Any]


@pytest.fixture(scope="module", autouse=True)
def _docker() -> None:
    """Docker answers; or these tests are passed over, saying so, but never in CI."""
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "info"], capture_output=True, check=False).returncode:
        reason = "no Docker engine answers on this machine"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with Town(None, TOWN_PORT, host=BRIDGE) as town:
        yield town


@pytest.fixture(scope="module")
def river(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The stack on an AWS that containers reach, its schedule still, with the feeds of events/poll.json."""
    with local_deployment(tmp_path_factory.mktemp("river"), host=BRIDGE) as river:
        wanted = {feed for feed in town.feeds if feed_id(feed) in batch().feeds}
        for feed in wanted:
            Registry(river.states).add(Subscription(feed), utc_now())
        assert len(wanted) == len(batch().feeds)
        yield river


def batch() -> Batch:
    event = json.loads((ROOT / "events" / "poll.json").read_bytes())
    return Batch.model_validate_json(event["Records"][0]["body"])


@pytest.fixture(scope="module")
def invoke(river: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Invoke:
    variables = tmp_path_factory.mktemp("sam") / "env.json"
    variables.write_text(json.dumps({"Parameters": river.variables}))
    endpoint = river.clients("s3").meta.endpoint_url
    architecture = "arm64" if os.uname().machine in {"arm64", "aarch64"} else "x86_64"
    image = f"public.ecr.aws/lambda/python:3.13-{architecture}"
    here = not subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode
    image_is_here = ["--skip-pull-image"] if here else []

    def invoke(function: str, event: str | Path, *options: str) -> Any:
        event = event if isinstance(event, Path) else ROOT / "events" / f"{event}.json"
        command = [SAM, "local", "invoke", function, "-e", event, *image_is_here, *options]
        command += ["--env-vars", variables, "--parameter-overrides"]
        command += [f"Architecture={architecture} Local=true Contact=http://localhost/ EndpointUrl={endpoint}"]
        told = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stderr
        assert told.stdout.strip(), told.stderr  # what ran out of time or of memory tells nothing
        return json.loads(told.stdout.strip().splitlines()[-1])

    return invoke


def messages(river: Deployment, queue: str) -> list[str]:
    """What is on a queue of the stack, taken off it: else it would come again when its visibility timeout is over."""
    sqs, url, found = river.clients("sqs"), river.stack[queue], []
    while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in received]
        for message in received:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_the_dispatcher_sends_the_due_feeds_to_be_polled(river: Deployment, invoke: Invoke) -> None:
    told = invoke("DispatchFunction", "dispatch")
    sent = [Batch.model_validate_json(body) for body in messages(river, "PollQueue")]

    assert told["feeds"] == len(batch().feeds)
    assert {feed for each in sent for feed in each.feeds} == set(batch().feeds)


def test_the_poller_stores_commits_and_announces(river: Deployment, invoke: Invoke) -> None:
    told = invoke("PollFunction", "poll")
    states = river.states.load(batch().feeds)
    s3, bucket = river.clients("s3"), river.stack["EntriesBucket"]
    stored = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix="entries/")["Contents"]]
    delivered = [parse_event(body) for body in messages(river, "SubscriberQueue")]

    assert told == {"batchItemFailures": []}
    # A new feed is written down before it is asked; then what came of it is.
    assert {state.rev - first_revision(state.added) for state in states.values()} == {2}
    assert [state.outbox for state in states.values()] == [()] * len(states)
    assert len(stored) == len(batch().feeds)
    assert len(delivered) > len(batch().feeds)
    pointer = delivered[0].detail.data.object
    span = f"bytes={pointer.offset}-{pointer.offset + pointer.length - 1}"
    line = s3.get_object(Bucket=pointer.bucket, Key=pointer.key, Range=span)["Body"].read()
    assert hashlib.sha256(line).hexdigest() == pointer.sha256


def test_the_subscriber_keeps_the_highest_revision(river: Deployment, invoke: Invoke) -> None:
    event = json.loads((ROOT / "events" / "entry-updated.json").read_bytes())
    entry = event["detail"]["data"]["entry"]
    told = invoke("SubscriberFunction", "subscriber")
    key = {"entry_id": {"S": entry["id"]}}
    kept = river.clients("dynamodb").get_item(TableName=river.stack["LatestTable"], Key=key)["Item"]

    assert told == {"batchItemFailures": []}
    assert int(kept["revision"]["N"]) == entry["revision"]
    assert kept["title"]["S"] == entry["title"]


@contextmanager
def as_large_as_in_lambda() -> Iterator[list[dict[str, int]]]:
    """Give each container that starts the share of a processor that its memory has in Lambda; their limits."""
    limits: list[dict[str, int]] = []
    command = ["docker", "events", "--filter", "event=start", "--format", "{{.ID}}"]
    events = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def limit() -> None:
        for container in events.stdout or ():
            share = f"--cpus={function_memory() / PROCESSOR:.2f}"
            subprocess.run(["docker", "update", share, container.strip()], check=True, capture_output=True)
            inspect = ["docker", "inspect", "--format", "{{json .HostConfig}}", container.strip()]
            limits.append(json.loads(subprocess.run(inspect, check=True, capture_output=True).stdout))

    watching = threading.Thread(target=limit)
    watching.start()
    try:
        yield limits
    finally:
        events.kill()
        watching.join()
        events.communicate()


@pytest.mark.case("X02")
def test_x02_feeds_of_5_mb_are_read_in_as_many_rounds_as_it_takes_each_fetched_once(
    river: Deployment, invoke: Invoke, tmp_path: Path
) -> None:
    """As many feeds as `LARGE_FEEDS` says, in a container with the memory and the processor of the function."""
    paragraph = "A paragraph of an ordinary length. "
    text = paragraph * (LARGE // 20 // len(paragraph) + 1)
    body = rss(*(story(str(number), text) for number in range(20)))
    assert len(body) >= LARGE
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    messages(river, "PollQueue")  # what other tests left
    messages(river, "SubscriberQueue")
    with Origin(head % len(body), body) as origin, as_large_as_in_lambda() as limits:
        threading.Thread(target=origin.serve_forever, daemon=True).start()
        names = [f"large-{number}.example" for number in range(LARGE_FEEDS)]
        urls = [f"http://{name}:{origin.server_address[1]}/{name}" for name in names]
        hosts = [option for name in names for option in ("--add-host", f"{name}:{BRIDGE}")]
        for url in urls:
            Registry(river.states).add(Subscription(url), utc_now())
        feeds = tuple(map(feed_id, urls))
        sent = [Batch(minute=batch().minute, feeds=feeds).model_dump_json()]
        rounds = 0
        while sent:
            (message,) = sent
            event = json.loads((ROOT / "events" / "poll.json").read_bytes())
            event["Records"][0]["body"] = message
            (tmp_path / "event.json").write_text(json.dumps(event))
            assert invoke("PollFunction", tmp_path / "event.json", *hosts) == {"batchItemFailures": []}
            rounds += 1
            sent = messages(river, "PollQueue")
        origin.shutdown()

    announced = Counter(parse_event(body).detail.data.entry.feed.url for body in messages(river, "SubscriberQueue"))
    assert {limit["Memory"] for limit in limits} == {function_memory() * 1024 * 1024}
    assert all(0.5 < limit["NanoCpus"] / 1e9 < 0.6 for limit in limits)
    assert origin.asked == Counter({f"/{name}".encode(): 1 for name in names}), f"in {rounds} rounds"
    assert announced == Counter(dict.fromkeys(urls, 20))
    print(f"{LARGE_FEEDS} feeds of 5 MB in {rounds} rounds")  # noqa: T201  # the figure belongs into the output
    assert rounds > 1 or LARGE_FEEDS < 100


def test_sam_builds_the_same_bytes_twice() -> None:
    built = ROOT / ".aws-sam" / "build"
    first = digest(built)
    subprocess.run(["make", "-s", "build"], cwd=ROOT, check=True, capture_output=True)

    assert first == digest(built)
    assert len([name for name in first if name.endswith("/app.py")]) == 4


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
