"""`feedriver replay` and `redrive`: counts, dry runs, and what is said."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from website import Page

from feedriver.state import Pending


@pytest.fixture
def call(feedriver, river, tmp_path):
    return lambda *arguments: feedriver(*arguments, "--data", tmp_path / "data")


@pytest.fixture
def polled(call, origin):
    """A feed that brought its entries."""
    origin.pages["/feed"] = Page()
    assert call("run", f"{origin.url}/feed", "--allow-private", "--json").code == 0
    return f"{origin.url}/feed"


def drained(river) -> list[str]:
    sqs, queue, found = river.clients("sqs"), river.stack["SubscriberQueue"], []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


def heard(lines) -> list[str]:
    return sorted(json.dumps(json.loads(line)["detail"]) for line in lines)


@pytest.mark.case("D13")
def test_d13_a_replay_says_again_to_the_letter_what_the_subscriber_heard(call, polled, river, tmp_path):
    first = heard((tmp_path / "data" / "events.jsonl").read_text().splitlines())
    assert first
    said = call("replay", "--since", "1h", "--json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out) == {
        "objects": 1,
        "events": {"Entry Published": len(first)},
        "unreadable": [],
        "dry_run": False,
    }
    assert heard(drained(river)) == first


def test_a_dry_replay_of_one_feed_counts_and_says_so(call, polled, river):
    said = call("replay", "--since", "1h", "--feed", polled, "--dry-run")
    assert said.out.startswith("Would be announced again: ")
    assert "of 1 objects" in said.out
    assert call("replay", "--since", "1h", "--feed", "https://other.example/").out == (
        "Announced again: no events, of 0 objects.\n"
    )
    assert drained(river) == []


def test_a_removed_feed_is_replayed_by_its_address(call, polled):
    call("feeds", "remove", polled)
    assert json.loads(call("replay", "--since", "1h", "--feed", polled, "--json").out)["objects"] == 1


def test_a_span_that_ends_before_it_begins_is_refused(call):
    said = call("replay", "--since", "1h", "--until", "2h")
    assert (said.code, said.out) == (1, "")
    assert "--since must lie before --until" in said.err


def test_redrive_counts_moves_and_says_where(call, river):
    sqs = river.clients("sqs")
    for body in ("one", "two"):
        sqs.send_message(QueueUrl=river.stack["SubscriberDeadLetters"], MessageBody=body)
    dry = json.loads(call("redrive", "--dry-run", "--json").out)
    assert dry == [
        {"from": "PollDeadLetters", "to": "PollQueue", "waiting": 0, "moved": 0},
        {"from": "SubscriberDeadLetters", "to": "SubscriberQueue", "waiting": 2, "moved": 0},
    ]
    said = call("redrive")
    assert said.out.splitlines() == [
        "PollDeadLetters: 0 waiting, 0 moved to PollQueue",
        "SubscriberDeadLetters: 2 waiting, 2 moved to SubscriberQueue",
    ]
    assert sorted(drained(river)) == ["one", "two"]


def test_a_river_in_order_agrees_and_exits_0(call, polled):
    said = call("reconcile")
    assert said.code == 0
    assert said.out.startswith("1 feeds, 1 objects, ")
    assert said.out.endswith("entries: all agrees.\n")


@pytest.mark.case("D27")
def test_d27_a_dropped_event_is_reported_with_exit_1_and_repaired(call, polled, river):
    (state,) = river.states.every()
    since = datetime.now(UTC) - timedelta(hours=1)
    event = Pending(at=since, event="Feed Gone", about={"status": 410})
    river.states.commit(state.model_copy(update={"rev": state.rev + 1, "outbox": (event,)}))
    said = call("reconcile")
    assert said.code == 1
    assert said.out.startswith(f"committed, and not announced: {polled}: not announced for 1:00:0")
    assert "1 committed, and not announced. 0 repaired; --repair announces and clears up." in said.out
    found = json.loads(call("reconcile", "--repair", "--json").out)
    assert [(each["kind"], each["repaired"]) for each in found["findings"]] == [("outbox", True)]
    assert [json.loads(line)["detail-type"] for line in drained(river)] == ["Feed Gone"]
    assert call("reconcile", "--feed", polled).code == 0


def test_an_object_that_is_gone_is_said_in_plain_words(call, polled, river):
    s3, bucket = river.clients("s3"), river.stack["EntriesBucket"]
    (item,) = s3.list_objects_v2(Bucket=bucket, Prefix="entries/")["Contents"]
    s3.delete_object(Bucket=bucket, Key=item["Key"])
    said = call("reconcile", "--since", "2h")
    assert said.code == 1
    assert "known, and not stored" in said.out


def test_what_todays_parser_read_is_read_the_same_again(call, polled):
    found = json.loads(call("reparse", "--since", "1h", "--json").out)
    assert (found["documents"], found["updated"], found["published"], found["passed_over"]) == (1, 0, 0, [])
    assert found["compared"] > 0
    said = call("reparse", "--since", "1h", "--dry-run", "--feed", polled)
    assert said.out.splitlines()[1] == "Would be: 0 updated, 0 published that had been missed."


def test_a_reparse_of_what_is_to_come_is_refused(call):
    assert "--since must lie before now" in call("reparse", "--since", "2999-01-01").err
