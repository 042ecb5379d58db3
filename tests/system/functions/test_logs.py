"""l03, l04, l05: what a hostile feed or a careless host says is in no line of a function's log."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from functions.poll import app as poll
from functions.subscriber import app as subscriber
from website import Page, website

from feedriver.poll.batches import Batch
from feedriver.registry import Registry, Subscription

FORGED = '{"level":"ERROR","message":"forged-by-a-title"}'
ANSI = "\x9b31m"  # XML has no room for the escape that terminals know better
TITLES = {
    "a-line-of-log": f"canary-1\n{FORGED}\n",
    "colours": f"canary-2 {ANSI} red",
    "a-megabyte": "canary-3 " + "x" * 1_000_000,
}


@pytest.fixture
def site():
    with website() as site:
        yield site


def feed(title: str) -> bytes:
    item = f"<item><guid>1</guid><title>{title}</title><link>https://a.example/1</link></item>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{item}</channel></rss>'.encode()


def polled(river, context, *urls: str) -> None:
    poll._receive.cache_clear()
    for url in urls:
        Registry(river.states).add(Subscription(url), datetime.now(UTC))
    feeds = tuple(state.feed_id for state in river.states.every())
    body = Batch(minute=datetime.now(UTC).replace(second=0, microsecond=0), feeds=feeds).model_dump_json()
    record = {"messageId": "m", "body": body, "attributes": {"ApproximateReceiveCount": "1"}}
    assert poll.handler({"Records": [record]}, context) == {"batchItemFailures": []}
    poll._receive.cache_clear()


def delivered(river, context) -> int:
    """Hand the subscriber all that was announced; how much it was."""
    subscriber._edges.cache_clear()
    sqs, queue = river.clients("sqs"), river.stack["SubscriberQueue"]
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    records = [{"messageId": message["MessageId"], "body": message["Body"]} for message in found]
    assert subscriber.handler({"Records": records}, context) == {"batchItemFailures": []}
    subscriber._edges.cache_clear()
    return len(found)


@pytest.fixture
def log(monkeypatch, capsys):
    """What both functions logged and printed: lines, each of which is JSON."""
    written = io.StringIO()
    for function in (poll, subscriber):
        monkeypatch.setattr(function.logger.registered_handler, "stream", written)

    def lines() -> list[dict[str, object]]:
        out, err = capsys.readouterr()
        found = [line for line in (written.getvalue() + out + err).splitlines() if line]
        assert {"polled"} <= {json.loads(line).get("message") for line in found}
        assert max(map(len, found)) < 3_000
        return [json.loads(line) for line in found]

    return lines


@pytest.mark.case("L03")
@pytest.mark.parametrize("kind", TITLES)
def test_l03_a_title_is_in_no_line_of_a_log_and_forges_none(kind, site, river, context, log):
    site.pages["/rss"] = Page(body=feed(TITLES[kind]))
    polled(river, context, f"{site.url}/rss")
    assert delivered(river, context) == 1
    lines = log()
    assert {line["message"] for line in lines if "message" in line} == {"polled", "Entry Published"}
    assert "canary" not in json.dumps(lines)
    assert "forged" not in json.dumps(lines)


@pytest.mark.case("L03")
def test_l03_a_title_is_one_line_and_cut_where_the_batchs_own_log_tells_of_it(site, river, context):
    site.pages["/rss"] = Page(body=feed(TITLES["a-megabyte"]))
    polled(river, context, f"{site.url}/rss")
    s3, bucket = river.clients("s3"), river.stack["EntriesBucket"]
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket, Prefix="polls/")["Contents"]]
    (log,) = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
    assert len(log) < 3_000
    assert b"canary" not in log


@pytest.mark.case("L04")
@pytest.mark.parametrize("status", [200, 403, 500])
def test_l04_the_body_of_a_page_is_in_no_log_whatever_its_status(status, site, river, context, log):
    page = b"<!doctype html><title>canary-title</title><p>User-Agent: canary-agent</p>"
    site.pages["/rss"] = Page(status, page, {"Content-Type": "text/html"})
    polled(river, context, f"{site.url}/rss")
    assert "canary" not in json.dumps(log())
    s3, bucket = river.clients("s3"), river.stack["EntriesBucket"]
    for found in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        assert b"canary" not in s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()


@pytest.mark.case("L05")
def test_l05_two_feeds_of_one_host_share_no_answer_and_no_entry(site, river, context):
    names = ("ann", "bob")
    for name in names:
        body = feed(f"for {name} alone").replace(b"/1<", f"/1?for={'bob' if name == 'ann' else 'ann'}<".encode())
        headers = {"Content-Type": "application/rss+xml", "ETag": '"the same"', "Cache-Control": "public, max-age=3600"}
        site.pages[f"/rss?of={name}"] = Page(body=body, headers=headers)
    polled(river, context, *(f"{site.url}/rss?of={name}" for name in names))
    states = {state.url.rpartition("=")[2]: state for state in river.states.every()}
    s3, bucket = river.clients("s3"), river.stack["EntriesBucket"]
    found = s3.list_objects_v2(Bucket=bucket, Prefix="entries/")["Contents"]
    entries = [json.loads(s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()) for each in found]
    told = {entry["feed"]["id"]: (entry["title"], entry["id"]) for entry in entries}
    assert {name: told[states[name].feed_id][0] for name in names} == {name: f"for {name} alone" for name in names}
    assert len({entry_id for _, entry_id in told.values()}) == 2
    assert sorted(site.asked) == ["/rss?of=ann", "/rss?of=bob"]
