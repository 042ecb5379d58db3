"""The bus, on moto: requests split by count and bytes, and entries not taken are sent again, and no others."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import faults
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedriver.aws.bus import MOST_BYTES, MOST_ENTRIES, EventBridgeBus, requests, size
from feedriver.errors import EdgeError, InvalidWriteError
from feedriver.messaging import Announcement
from feedriver.poll.announcements import EVENT_BYTES

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
REFUSED = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}


def announcements(count: int, padding: int = 0) -> list[Announcement]:
    return [
        Announcement("Entry Published", json.dumps({"number": number, "padding": "x" * padding}), NOON)
        for number in range(count)
    ]


@pytest.fixture
def client(river):
    return river.clients("events")


@pytest.fixture
def bus(river, client):
    return EventBridgeBus(client, river.stack["EventBus"])


@pytest.fixture
def received(river):
    sqs, queue = river.clients("sqs"), river.stack["SubscriberQueue"]

    def take() -> list[int]:
        numbers = []
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            numbers += [json.loads(message["Body"])["detail"]["number"] for message in messages]
        return sorted(numbers)

    return take


def numbers_in(request: bytes) -> list[int]:
    return [json.loads(entry["Detail"])["number"] for entry in json.loads(request)["Entries"]]


def taken(count: int) -> list[dict[str, str]]:
    return [{"EventId": f"id-{number}"} for number in range(count)]


def test_an_announcement_arrives_as_an_event_of_our_source_at_its_own_time(bus, river):
    bus.announce(announcements(1))
    (message,) = river.clients("sqs").receive_message(QueueUrl=river.stack["SubscriberQueue"])["Messages"]
    envelope = json.loads(message["Body"])
    assert (envelope["source"], envelope["detail-type"]) == ("feedriver", "Entry Published")
    assert envelope["time"] == "2026-05-04T12:00:00Z"
    assert envelope["detail"]["number"] == 0


def test_nothing_to_announce_asks_nothing(bus, client):
    asked = faults.watch(client, "PutEvents")
    bus.announce([])
    assert asked == []


@pytest.mark.case("D05")
def test_d05_eleven_announcements_are_two_requests(bus, client, received):
    asked = faults.watch(client, "PutEvents")
    bus.announce(announcements(11))
    assert [numbers_in(request) for request in asked] == [list(range(10)), [10]]
    assert received() == list(range(11))


@pytest.mark.case("D05")
def test_d05_big_announcements_are_split_by_bytes(bus, client, received):
    asked = faults.watch(client, "PutEvents")
    bus.announce(announcements(7, padding=64_000))
    assert [numbers_in(request) for request in asked] == [[0, 1, 2, 3], [4, 5, 6]]
    assert received() == list(range(7))


@pytest.mark.case("D05")
@given(st.lists(st.integers(min_value=0, max_value=65_000), max_size=40))
def test_d05_any_announcements_are_split_in_order_within_both_bounds(paddings):
    given = [Announcement("Entry Updated", "ü" * (padding // 2), NOON) for padding in paddings]
    split = list(requests(given))
    assert [announcement for request in split for announcement in request] == given
    assert all(0 < len(request) <= MOST_ENTRIES for request in split)
    assert all(sum(map(size, request)) <= MOST_BYTES for request in split)


@pytest.mark.case("D05")
@pytest.mark.parametrize(("over", "split"), [(-1, [5]), (0, [5]), (1, [4, 1])])
def test_d05_a_request_of_the_very_limit_is_one_and_a_byte_more_is_two(over, split):
    rest = MOST_BYTES % 5
    each = Announcement("Entry Updated", "", NOON)
    filled = ["x" * (MOST_BYTES // 5 - size(each))] * 4
    filled.append("x" * (MOST_BYTES // 5 - size(each) + rest + over))
    given = [Announcement("Entry Updated", detail, NOON) for detail in filled]
    assert sum(map(size, given)) == MOST_BYTES + over
    assert [len(request) for request in requests(given)] == split


@pytest.mark.case("D05")
def test_d05_an_event_of_the_most_that_there_is_goes_alone_or_with_others():
    large = Announcement("Entry Updated", "x" * (EVENT_BYTES - size(Announcement("Entry Updated", "", NOON))), NOON)
    assert size(large) == EVENT_BYTES
    assert [len(request) for request in requests([large] * 9)] == [4, 4, 1]


def test_an_entrys_size_is_in_bytes_of_utf8():
    assert size(Announcement("Feed Gone", "ü", NOON)) == len("feedriver") + len("Feed Gone") + 2 + 14


@pytest.mark.case("D03")
def test_d03_of_ten_entries_three_not_taken_only_the_three_are_sent_again(bus, client):
    asked = faults.watch(client, "PutEvents")
    results = [REFUSED if number in (2, 5, 9) else {"EventId": f"id-{number}"} for number in range(10)]
    faults.answer(client, "PutEvents", {"FailedEntryCount": 3, "Entries": results})
    bus.announce(announcements(10))
    assert [numbers_in(request) for request in asked] == [list(range(10)), [2, 5, 9]]


@pytest.mark.case("D03")
def test_d03_entries_not_taken_twice_are_sent_a_third_time(bus, client):
    asked = faults.watch(client, "PutEvents")
    first = {"FailedEntryCount": 2, "Entries": [REFUSED, *taken(1), REFUSED]}
    second = {"FailedEntryCount": 1, "Entries": [*taken(1), REFUSED]}
    faults.answer(client, "PutEvents", first, second)
    bus.announce(announcements(3))
    assert [numbers_in(request) for request in asked] == [[0, 1, 2], [0, 2], [2]]


@pytest.mark.case("D03")
def test_d03_what_is_sent_again_keeps_its_order_and_the_next_request_waits_for_it(bus, client):
    asked = faults.watch(client, "PutEvents")
    results = [REFUSED if number in (7, 1, 4) else {"EventId": f"id-{number}"} for number in range(10)]
    faults.answer(client, "PutEvents", {"FailedEntryCount": 3, "Entries": results})
    bus.announce(announcements(12))
    assert [numbers_in(request) for request in asked] == [list(range(10)), [1, 4, 7], [10, 11]]


@pytest.mark.case("D04")
def test_d04_where_one_request_is_refused_for_good_those_after_it_are_not_sent(bus, client):
    asked = faults.watch(client, "PutEvents")
    faults.answer(client, "PutEvents", {"FailedEntryCount": 10, "Entries": [REFUSED] * 10}, times=3)
    with pytest.raises(EdgeError, match="10 of 10 entries were not taken"):
        bus.announce(announcements(12))
    assert [numbers_in(request) for request in asked] == [list(range(10))] * 3


@pytest.mark.case("X10")
@pytest.mark.parametrize("code", ["MalformedDetail", "InvalidArgument"])
def test_x10_an_entry_that_is_never_taken_for_what_it_is_is_an_invalid_write_at_once(bus, client, code):
    refused = {"ErrorCode": code, "ErrorMessage": "no"}
    met = faults.answer(client, "PutEvents", {"FailedEntryCount": 1, "Entries": [*taken(1), refused]})
    with pytest.raises(InvalidWriteError, match=f"^events PutEvents: {code}$"):
        bus.announce(announcements(2))
    assert len(met) == 1


@pytest.mark.case("D04")
def test_d04_entries_never_taken_are_an_edge_error_after_three_rounds(bus, client):
    met = faults.answer(
        client, "PutEvents", {"FailedEntryCount": 2, "Entries": [REFUSED, REFUSED]}, times=faults.ALWAYS
    )
    with pytest.raises(EdgeError, match="2 of 2 entries were not taken"):
        bus.announce(announcements(2))
    assert len(met) == 3


@pytest.mark.case("D04")
def test_d04_a_throttled_request_is_tried_again_by_the_sdk(bus, client, received):
    met = faults.refuse(client, "PutEvents", "ThrottlingException", times=2)
    bus.announce(announcements(2))
    assert len(met) == 2
    assert received() == [0, 1]


@pytest.mark.case("D04")
def test_d04_a_bus_throttled_for_good_is_an_edge_error_that_names_the_code(bus, client, received):
    faults.refuse(client, "PutEvents", "ThrottlingException")
    with pytest.raises(EdgeError, match=r"^events PutEvents: ThrottlingException$"):
        bus.announce(announcements(2))
    assert received() == []


@pytest.mark.case("D02")
def test_d02_a_lost_reply_repeats_the_same_events_to_the_letter(bus, client, received):
    asked = faults.watch(client, "PutEvents")
    faults.lose_reply(client, "PutEvents")
    bus.announce(announcements(2))
    assert asked[0] == asked[1]
    assert received() == [0, 0, 1, 1]
