"""The decision of one poll: what is stored, announced and remembered, and what is not."""

from __future__ import annotations

from datetime import date, timedelta
from email.utils import format_datetime

import pytest
from documents import FEED_ID, URL, Reader, answer, at, brought, document, events, fresh, item

from feedriver import keys
from feedriver.decide import changes, decision, fingerprint, item_limit, overflow, seen, wheel
from feedriver.decide.decision import before_request, next_revision
from feedriver.decide.document import decide
from feedriver.decide.schedule import Pace
from feedriver.decide.seen import CAPACITY
from feedriver.decide.status import without_document
from feedriver.models import Entry, Rejected, Wishes
from feedriver.parse.result import Parsed
from feedriver.state import Failing, Pending, Validators

KNOWN = Validators(url=URL, etag='"a"', last_modified="Mon", body_sha256="0" * 64)


def story(name: str, text: str = "All of it.", **said: object):
    return item(f"Story {name}", guid=name, link=f"https://paper.example/{name}", text=text, **said)


def read(state, *items, now=None, body=b"<rss/>", wishes=None, **headers):
    return decide(state, answer(body, **headers), document(*items, wishes=wishes), now or at())


def failed(state, times=1, code="timeout"):
    decisions = []
    for number in range(times):
        decisions.append(decision.failed(state, code, "no answer", at(hours=number)))
        state = decisions[-1].state.model_copy(update={"outbox": ()})
    return decisions, state


# What is due


def test_a_feed_is_due_from_its_minute_on():
    state = fresh(not_before=at(hours=1).minute)
    assert decision.not_due(state, at(minutes=59).minute, force=False).outcome == "waiting"
    assert decision.not_due(state, at(hours=1).minute, force=False) is None
    assert decision.not_due(fresh(), at().minute, force=False) is None


def test_force_overrides_a_feeds_own_rhythm_only():
    minute = at().minute
    assert decision.not_due(fresh(not_before=at(hours=1).minute), minute, force=True) is None
    held = decision.not_due(fresh(held_until=at(hours=1).time), minute, force=True)
    assert (held.outcome, held.state) == ("waiting", None)
    assert "Retry-After" in held.why
    gone = decision.not_due(fresh(gone=at(days=-1).time), minute, force=True)
    assert (gone.outcome, gone.state) == ("gone", None)


def test_a_hold_is_kept_to_the_second():
    held = fresh(held_until=at().minute + timedelta(seconds=30))
    assert decision.not_due(held, at().minute, force=False) is not None
    assert decision.not_due(held, at(minutes=1).minute, force=False) is None


# Nothing new: 304 and the same body


def test_a_304_writes_nothing():
    decided = without_document(fresh(validators=KNOWN), answer(b"", 304, etag='"a"', last_modified="Mon"), at())
    assert (decided.outcome, decided.state, decided.status) == ("not_modified", None, 304)
    assert without_document(fresh(validators=KNOWN), answer(b"", 304), at()).state is None


@pytest.mark.case("F05", "F06")
@pytest.mark.parametrize(
    ("headers", "etag", "last_modified"),
    [({"etag": '"b"'}, '"b"', "Mon"), ({"last_modified": "Tue"}, '"a"', "Tue")],
)
def test_f05_f06_a_304_with_a_new_validator_has_it_kept_and_the_other_one_too(headers, etag, last_modified):
    decided = without_document(fresh(validators=KNOWN), answer(b"", 304, **headers), at())
    kept = decided.state.validators
    assert (kept.etag, kept.last_modified, kept.body_sha256) == (etag, last_modified, KNOWN.body_sha256)
    assert decided.entries == decided.state.outbox == ()


@pytest.mark.case("F09")
@pytest.mark.parametrize("known", [None, Validators(url=URL, body_sha256="0" * 64)])
def test_f09_a_304_to_a_request_without_validators_is_no_good_answer(known):
    decided = without_document(fresh(validators=known), answer(b"", 304), at())
    assert decided.outcome == "protocol"
    assert decided.state.failing.count == 1
    assert decided.state.validators == known


def in_turn(state):
    turn = decision.next_turn(state, at().minute)
    return decision.Now(turn, turn + timedelta(seconds=30))


def same(state, **headers):
    known = answer(b"<rss/>", **headers)
    return without_document(state, known, in_turn(state))


def test_where_a_304_is_written_down_its_own_freshness_is_kept():
    state = fresh(validators=KNOWN, every=720, at_least=60, slot=wheel.slot(FEED_ID, 720))
    fresher = without_document(state, answer(b"", 304, cache_control="max-age=14400", etag='"b"'), at())
    assert fresher.state.not_before >= at(hours=4).minute
    usual = without_document(state, answer(b"", 304, etag='"b"'), at())
    assert usual.state.not_before <= at(minutes=62).minute


@pytest.mark.case("F11")
def test_f11_the_same_body_writes_nothing():
    state = read(fresh(), story("a"), etag='"a"').state
    decided = same(state, etag='"a"')
    assert (decided.outcome, decided.state) == ("unchanged", None)


@pytest.mark.case("F04", "F06", "F08")
@pytest.mark.parametrize("headers", [{"etag": '"b"'}, {"etag": '"a"', "last_modified": "Tue"}, {}])
def test_f04_f06_f08_the_same_body_under_other_validators_has_them_replaced_and_the_lost_ones_dropped(headers):
    state = read(fresh(), story("a"), etag='"a"').state
    decided = same(state, **headers)
    kept = decided.state.validators
    assert (kept.etag, kept.last_modified) == (headers.get("etag"), headers.get("last_modified"))
    assert kept.body_sha256 == state.validators.body_sha256
    assert decided.state.seen == state.seen
    assert decided.entries_key is decided.raw_key is None


def test_a_body_is_the_same_only_from_the_same_url_and_only_in_a_200():
    state = read(fresh(), story("a")).state
    assert without_document(state, answer(), at()).outcome == "unchanged"
    assert without_document(state, answer(url="https://other.example/"), at()) is None
    assert without_document(state, answer(b"<rss />"), at()) is None
    assert without_document(state, answer(status=500), at()).outcome == "http_500"
    assert without_document(fresh(), answer(), at()) is None


@pytest.mark.case("F01", "F02")
@pytest.mark.parametrize("etag", ['"a-b\\"c"', 'W/"x"', 'w/"x"', "abc", '"abc-gzip"', '"abc;br"', '"a b"', "-", '""'])
def test_f01_f02_validators_are_kept_byte_for_byte(etag):
    odd = "thu, 01 jan 1970 00:00:00 MEZ"
    kept = read(fresh(), story("a"), etag=etag, last_modified=odd).state.validators
    assert (kept.etag, kept.last_modified) == (etag, odd)


def test_a_validator_that_would_fill_the_feeds_item_is_as_none():
    most = item_limit.LONGEST_VALIDATOR - len('""')
    kept = read(fresh(), story("a"), etag="e" * (most + 1), last_modified="m" * most).state.validators
    assert (kept.etag, kept.last_modified) == (None, "m" * most)


@pytest.mark.case("F28")
def test_f28_validators_belong_to_the_url_that_answered():
    decided = decide(fresh(), answer(url="https://b.example/", etag='"b"'), document(), at())
    assert decided.state.validators.url == "https://b.example/"
    assert decided.state.url == URL


# A document


def test_a_first_read_announces_every_entry_and_says_where_it_goes():
    decided = read(fresh(), story("a"), story("b"))
    assert brought(decided) == [("Story a", 1), ("Story b", 1)]
    assert (decided.outcome, decided.new, decided.updated) == ("published", 2, 0)
    assert decided.entries_key == f"entries/date=2026-05-04/feed={FEED_ID}/1.jsonl"
    assert decided.staging_key == keys.staging_key(FEED_ID, 1, decided.lines)
    assert decided.raw_key == keys.raw_key(FEED_ID, 1, at().minute.date(), answer().body.sha256)
    assert decided.state.outbox == (
        Pending(at=decided.entries[0].seen, key=decided.entries_key, staged=decided.staging_key),
    )
    assert [Entry.model_validate_json(line) for line in decided.lines.splitlines()] == list(decided.entries)
    assert decided.state.rev == 1
    (first, _) = decided.entries
    assert (first.feed.id, first.feed.url, first.feed.title) == (FEED_ID, URL, "The Paper")
    assert first.first_seen == first.seen == at().time.replace(microsecond=0)


def test_a_document_with_nothing_new_stores_no_entries():
    reader = Reader()
    reader.read(story("a"))
    decided = reader.read(story("a"))
    assert (decided.outcome, decided.entries, decided.entries_key) == ("unchanged", (), None)
    assert decided.state.outbox == ()
    assert decided.raw_key is not None


def test_revisions_count_over_edits_and_reverts_and_name_what_changed():
    reader = Reader()
    texts = ["one", "two", "one", "one", "two"]
    history = [brought(reader.read(story("a", text), story("b"))) for text in texts]
    assert history == [
        [("Story a", 1), ("Story b", 1)],
        [("Story a", 2)],
        [("Story a", 3)],
        [],
        [("Story a", 4)],
    ]


def test_an_edit_keeps_the_id_and_when_it_was_first_seen():
    reader = Reader()
    (first,) = reader.read(story("a", "one")).entries
    decided = reader.read(story("a", "two"))
    (edited,) = decided.entries
    assert (edited.id, edited.first_seen) == (first.id, first.first_seen)
    assert edited.seen == first.seen + timedelta(hours=1)
    assert edited.changed == ("content",)
    assert edited.content_hash != first.content_hash
    assert (decided.new, decided.updated) == (0, 1)


@pytest.mark.case("I11")
def test_i11_a_new_time_stamp_alone_is_no_edit():
    reader = Reader()
    reader.read(story("a", updated=at().time))
    assert reader.read(story("a", updated=at(hours=1).time)).entries == ()


@pytest.mark.case("P24")
def test_p24_a_new_version_of_the_fingerprint_announces_nothing_and_is_adopted(monkeypatch):
    reader = Reader()
    reader.read(story("a", "one"), story("b"))
    for module in (changes, fingerprint):
        monkeypatch.setattr(module, "FINGERPRINT_VERSION", 2)
    assert reader.read(story("a", "read otherwise"), story("b")).entries == ()
    assert seen.unpack(reader.state.seen)[1] == 2
    assert brought(reader.read(story("a", "edited"), story("b"), story("c"))) == [("Story a", 2), ("Story c", 1)]


@pytest.mark.case("P24")
def test_p24_what_our_own_cleaning_makes_of_an_entry_is_no_edit():
    reader = Reader()
    told, source = story("a", "one")
    reader.read((told, source))
    assert reader.read((told.model_copy(update={"text": "cleaned otherwise", "summary": "S"}), source)).entries == ()


@pytest.mark.case("I14")
def test_i14_a_gap_is_suspected_where_nothing_known_is_left_and_said_once():
    reader = Reader()
    assert events(reader.read(story("a"), story("b"))) == []
    gap = reader.read(story("y"), story("z"))
    assert events(gap) == ["Feed Gap Suspected"]
    assert gap.state.outbox[-1].about == {"items": 2, "known": 2}
    assert events(reader.read(story("z"), story("zz"))) == []
    assert events(reader.read()) == []
    assert events(reader.read(story("zz"))) == []


def test_a_first_read_of_an_empty_document_is_no_gap_and_the_next_one_neither():
    reader = Reader()
    assert events(reader.read()) == []
    assert events(reader.read(story("a"))) == []


def test_items_beyond_what_can_be_remembered_are_rejected_by_name(monkeypatch):
    monkeypatch.setattr(overflow, "MOST", 20)
    decided = read(fresh(), *(item(guid=str(number)) for number in range(22)))
    assert decided.new == 20
    assert [(each.index, each.reason) for each in decided.rejected] == [(20, "too_many"), (21, "too_many")]
    assert decided.why.startswith("2 items left out: more than 20 in one document cannot be remembered")


@pytest.mark.long
@pytest.mark.case("I13")
def test_i13_a_full_window_that_moves_on_within_a_day_brings_nothing_twice():
    items = [item(guid=str(number)) for number in range(CAPACITY + 50)]
    reader = Reader()
    reader.read(*items[50:])
    assert reader.read(*items[:CAPACITY]).new == 50
    assert reader.read(*items[:CAPACITY]).entries == ()


def test_what_the_parser_rejected_is_reported_beside_the_rest():
    bad = Rejected(index=1, reason="unreadable", detail="not to be read")
    parsed = Parsed(document().feed, document(story("a")).items, (bad,), "a flaw")
    decided = decide(fresh(), answer(), parsed, at())
    assert (decided.new, decided.rejected) == (1, (bad,))
    assert decided.why == "a flaw; every 60 min: its entries tell no rhythm"


def test_a_read_feed_takes_its_place_on_the_wheel():
    state = read(fresh(), story("a"), wishes=Wishes(ttl=240)).state
    assert (state.every, state.slot) == (240, wheel.slot(FEED_ID, 240))
    # Where its turn fell on that very minute, it is the one after: so that no two requests are seconds too close.
    assert state.not_before - at().minute - timedelta(minutes=240) in (timedelta(0), wheel.MINUTE)
    assert wheel.next_turn(state.slot, state.not_before) <= at().minute + timedelta(minutes=240 + wheel.period(240))


def test_the_feeds_own_data_is_kept_with_it():
    state = read(fresh(), story("a")).state
    assert state.title == "The Paper"


@pytest.mark.case("I13")
def test_i13_an_entry_remembers_the_last_day_it_stood_in_a_document():
    reader = Reader(fresh())
    reader.read(story("a"), story("b"))
    reader.reads = 48
    reader.read(story("b"))
    days = sorted(entry.day for entry in seen.unpack(reader.state.seen)[0].values())
    assert days == [date(2026, 5, 4), date(2026, 5, 6)]


# Failures


@pytest.mark.case("F07")
def test_f07_a_failure_leaves_validators_and_entries_as_they_are():
    state = read(fresh(), story("a"), etag='"a"').state.model_copy(update={"outbox": ()})
    decided = decision.failed(state, "malformed", "x" * 1_000, at(hours=1), status=200)
    assert (decided.outcome, decided.status) == ("malformed", 200)
    after = decided.state
    assert (after.validators, after.seen, after.every, after.rev) == (state.validators, state.seen, state.every, 2)
    assert after.failing.detail == "x" * 300


@pytest.mark.case("F24")
def test_f24_failures_back_off_and_the_rhythm_comes_back_with_the_first_good_answer():
    decisions, state = failed(fresh(validators=KNOWN), 4)
    waits = [each.state.not_before - at(hours=number).minute for number, each in enumerate(decisions)]
    assert waits == [timedelta(minutes=minutes) for minutes in (60, 120, 240, 480)]
    assert state.slot == wheel.slot(FEED_ID, 480)
    recovered = without_document(state, answer(b"", 304), at(hours=9)).state
    assert recovered.failing is None
    assert (recovered.every, recovered.slot) == (60, wheel.slot(FEED_ID, 60))
    assert recovered.not_before == at(hours=10).minute


def test_failing_is_announced_once_an_episode_and_so_is_recovery():
    decisions, state = failed(fresh(validators=KNOWN), 5)
    assert [events(each) for each in decisions] == [[], [], ["Feed Failing"], [], []]
    assert decisions[2].state.outbox[0].about == {
        "code": "timeout", "detail": "no answer", "count": 3, "since": at().time.isoformat(),
    }  # fmt: skip
    recovered = without_document(state, answer(b"", 304), at(hours=9))
    assert events(recovered) == ["Feed Recovered"]
    assert recovered.state.outbox[0].about == {"code": "timeout", "count": 5, "since": at().time.isoformat()}
    again, _ = failed(recovered.state.model_copy(update={"outbox": ()}), 3)
    assert [events(each) for each in again] == [[], [], ["Feed Failing"]]


def test_a_failure_or_two_are_over_without_a_word():
    _, state = failed(fresh(validators=KNOWN), 2)
    recovered = without_document(state, answer(b"", 304), at(hours=9))
    assert (events(recovered), recovered.state.failing) == ([], None)


def test_a_document_ends_an_episode_too():
    _, state = failed(fresh(), 3)
    decided = read(state, story("a"), now=at(hours=9))
    assert events(decided) == ["Feed Recovered"]
    assert [pending.key for pending in decided.state.outbox] == [decided.entries_key, None]


# HTTP errors


@pytest.mark.parametrize("status", [204, 206, 401, 403, 404, 418, 500, 502, 503, 599])
def test_an_http_error_is_a_failure_named_by_its_status(status):
    decided = without_document(fresh(validators=KNOWN), answer(b"", status), at())
    assert (decided.outcome, decided.status) == (f"http_{status}", status)
    assert decided.state.validators == KNOWN
    assert decided.state.failing.code == f"http_{status}"
    assert decided.state.held_until is None


@pytest.mark.case("F25")
def test_f25_gone_ends_polling_with_one_event():
    decided = without_document(fresh(), answer(b"", 410), at())
    assert decided.outcome == "gone"
    assert events(decided) == ["Feed Gone"]
    assert decided.state.gone == at().time
    # Its turn comes once a day all the same, for the outbox: nothing is asked of the publisher.
    assert decided.state.slot == wheel.slot(decided.state.feed_id, wheel.LONGEST)
    assert decision.not_due(decided.state, at().minute + timedelta(days=40), force=True).outcome == "gone"


@pytest.mark.case("F21")
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [("86400", timedelta(days=1)), (format_datetime(at(days=2).minute), timedelta(days=2, seconds=-30))],
)
def test_f21_a_retry_after_holds_the_feed_in_full(status, retry_after, wait):
    decided = without_document(fresh(), answer(b"", status, retry_after=retry_after), at())
    assert decided.outcome == "rate_limited"
    assert abs(decided.state.held_until - (at().time + wait)) < timedelta(seconds=1)
    for force in (False, True):
        assert decision.not_due(decided.state, at(hours=23).minute, force=force) is not None


@pytest.mark.case("F22", "F23")
@pytest.mark.parametrize("retry_after", [None, "", "-5", "soon", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_f22_f23_a_429_that_says_no_time_holds_for_an_hour_and_backs_off(retry_after):
    state = fresh()
    said = {"retry_after": retry_after} if retry_after is not None else {}
    waits = []
    for _ in range(5):
        decided = without_document(state, answer(b"", 429, **said), at())
        assert decided.outcome == "rate_limited"
        assert decided.state.held_until == at(hours=1).time
        state = decided.state
        waits.append(round((state.not_before - at().minute) / timedelta(minutes=1), -1))
    assert waits == [60, 120, 240, 480, 1440]


def test_a_503_that_says_no_time_backs_off_like_any_failure():
    decided = without_document(fresh(), answer(b"", 503, retry_after="soon"), at())
    assert (decided.outcome, decided.state.held_until) == ("http_503", None)


def test_a_hold_ends_with_the_next_good_answer():
    state = fresh(
        held_until=at().time, failing=Failing(count=1, since=at().time, code="x", detail="y"), validators=KNOWN
    )
    assert without_document(state, answer(b"", 304), at(hours=2)).state.held_until is None


@pytest.mark.case("F39")
@pytest.mark.parametrize("status", [403, 503])
def test_f39_a_bot_wall_is_named(status):
    decided = without_document(fresh(), answer(b"", status, cf_mitigated="challenge"), at())
    assert decided.outcome == decided.state.failing.code == "blocked"


@pytest.mark.case("F15")
@pytest.mark.parametrize("status", [400, 412, 416, 431])
def test_f15_an_error_that_validators_may_have_caused_drops_them(status):
    decided = without_document(fresh(validators=KNOWN), answer(b"", status), at())
    assert decided.outcome == f"http_{status}"
    assert decided.state.validators == Validators(url=URL, body_sha256=KNOWN.body_sha256, refused=at().time)
    assert without_document(fresh(), answer(b"", status), at()).state.validators is None


# The minute after the interval


@pytest.mark.parametrize("every", wheel.INTERVALS)
def test_a_turn_comes_a_minute_later_than_the_interval(every):
    """Whatever its phase and the minute of the poll: a request may be made late in its minute, the next one early."""
    for phase in range(0, wheel.period(every), max(every // 15, 1)):
        feed_id = f"{phase:016x}"
        state = fresh(feed_id=feed_id, slot=wheel.slot(feed_id, every), every=every)
        for minutes in range(0, wheel.period(every), max(every // 60, 1)):
            now = at(minutes=minutes)
            for after in (next_revision(state, now, Pace(every, every)), before_request(state, now)):
                assert decision.next_turn(after, now.minute) - now.minute >= timedelta(minutes=every + 1)
