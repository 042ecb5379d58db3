"""What an answer means that brings no document to read: 304, the same body again, an HTTP error."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
from documents import FEED_ID, URL, answer, at, document, events, fresh, item, settled

from feedriver.decide import decision, wheel
from feedriver.decide.document import decide
from feedriver.decide.status import no_new_items, without_document
from feedriver.state import Failing, Moving, Validators

KNOWN = Validators(url=URL, etag='"a"', last_modified="Mon", body_sha256="0" * 64)


def story(name: str, text: str = "All of it.", **said: object):
    return item(f"Story {name}", guid=name, link=f"https://paper.example/{name}", text=text, **said)


def read(state, *items, now=None, body=b"<rss/>", wishes=None, **headers):
    return decide(state, answer(body, **headers), document(*items, wishes=wishes), now or at())


def test_a_304_writes_nothing():
    decided = without_document(settled(validators=KNOWN), answer(b"", 304, etag='"a"', last_modified="Mon"), at())
    assert (decided.outcome, decided.state, decided.status) == ("not_modified", None, 304)
    assert without_document(settled(validators=KNOWN), answer(b"", 304), at()).state is None


@pytest.mark.case("F05", "F06")
@pytest.mark.parametrize(
    ("headers", "etag", "last_modified"),
    [({"etag": '"b"'}, '"b"', "Mon"), ({"last_modified": "Tue"}, '"a"', "Tue")],
)
def test_f05_f06_a_304_with_a_new_validator_has_it_kept_and_the_other_one_too(headers, etag, last_modified):
    decided = without_document(settled(validators=KNOWN), answer(b"", 304, **headers), at())
    kept = decided.state.validators
    assert (kept.etag, kept.last_modified, kept.body_sha256) == (etag, last_modified, KNOWN.body_sha256)
    assert decided.entries == decided.state.outbox == ()


@pytest.mark.case("F09")
@pytest.mark.parametrize("known", [None, Validators(url=URL, body_sha256="0" * 64)])
def test_f09_a_304_to_a_request_without_validators_is_no_good_answer(known):
    decided = without_document(settled(validators=known), answer(b"", 304), at())
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
    state = settled(validators=KNOWN, every=720, at_least=60, slot=wheel.slot(FEED_ID, 720))
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


@pytest.mark.parametrize("status", [204, 206, 401, 403, 404, 418, 500, 502, 503, 599])
def test_an_http_error_is_a_failure_named_by_its_status(status):
    decided = without_document(settled(validators=KNOWN), answer(b"", status), at())
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
    decided = without_document(settled(validators=KNOWN), answer(b"", status), at())
    assert decided.outcome == f"http_{status}"
    assert decided.state.validators == Validators(url=URL, body_sha256=KNOWN.body_sha256, refused=at().time)
    assert without_document(fresh(), answer(b"", status), at()).state.validators is None


def refusals(status, times, state=None, **headers):
    """One refusal after another, each at the turn that the one before gave: the waits in hours, and the last state."""
    state, now, waits = state or settled(validators=KNOWN), at(), []
    for _ in range(times):
        decided = without_document(state, answer(b"", status, **headers), now)
        state = decided.state.model_copy(update={"outbox": ()})
        turn = decision.next_turn(state, now.minute)
        waits.append((turn - now.minute) / timedelta(hours=1))
        now = decision.Now(turn, turn + timedelta(seconds=30))
    return waits, state


@pytest.mark.case("F23")
def test_f23_five_429s_without_a_retry_after_are_backed_off_from_and_it_is_remembered():
    waits, state = refusals(429, 5)
    assert all(wait >= 2**number for number, wait in enumerate(waits[:4]))
    assert waits[4] >= 24
    assert state.failing.count == 5
    assert type(state).model_validate_json(state.model_dump_json(exclude={"seen", "rhythm"})) == state.replace(
        rhythm=b""
    )


@pytest.mark.case("F23")
def test_f23_feeds_that_failed_in_the_same_minute_come_back_in_different_ones():
    states = [fresh(feed_id=f"{number * 7919:016x}") for number in range(600)]
    turns = [decision.next_turn(without_document(state, answer(b"", 429), at()).state, at().minute) for state in states]
    assert max(turns.count(turn) for turn in set(turns)) < 30
    assert max(turns) - min(turns) >= timedelta(minutes=50)


@pytest.mark.case("F24")
@pytest.mark.parametrize("status", [401, 403, 404, 500, 502, 503])
def test_f24_an_error_for_days_is_asked_about_ever_less_and_for_ever(status):
    waits, state = refusals(status, 60)
    assert all(wait >= backed_off for wait, backed_off in zip(waits, [1, 2, 4, 8, 24], strict=False))
    assert all(24 <= wait <= 48.1 for wait in waits[5:])
    assert (state.gone, state.failing.count, state.failing.code) == (None, 60, f"http_{status}")
    assert (state.validators.etag, state.validators.got) == (KNOWN.etag, KNOWN.got)


@pytest.mark.case("F39")
@pytest.mark.parametrize("status", [403, 429, 503])
def test_f39_a_challenge_is_named_by_its_header_and_tried_again_after_four_hours_at_the_earliest(status):
    decided = without_document(fresh(every=15), answer(b"", status, cf_mitigated="challenge"), at())
    assert decided.outcome == decided.state.failing.code == "blocked"
    assert decided.state.not_before >= at(hours=4).minute
    waits, _ = refusals(status, 6, fresh(every=15), cf_mitigated="challenge")
    assert min(waits) >= 4
    assert waits[-1] >= 8


@pytest.mark.case("F39")
def test_f39_a_page_that_only_talks_of_checking_the_browser_is_what_its_status_says():
    decided = without_document(fresh(), answer(b"Checking your browser", 503), at())
    assert decided.outcome == "http_503"


def refused(status, state=None, **headers):
    return without_document(state or fresh(), answer(b"", status, **headers), at())


def test_events_of_a_challenge_tell_what_it_was():
    state = fresh(failing=Failing(count=2, since=at().time, code="blocked", detail="x"))
    decided = refused(403, state, cf_mitigated="challenge")
    assert events(decided) == ["Feed Failing"]
    assert decided.state.outbox[0].about["code"] == "blocked"


# What is written down though nothing is new


def test_of_another_body_without_news_the_hash_alone_is_not_worth_a_write():
    state = read(fresh(), story("a")).state
    decided = no_new_items(state, answer(b"another"), in_turn(state))
    assert (decided.outcome, decided.state) == ("unchanged", None)
    assert decided.why == "nothing new in another body; every 60 min"


def test_of_another_body_without_news_new_validators_are_kept_with_its_hash():
    state = read(fresh(), story("a"), etag='"a"').state
    another = answer(b"another", etag='"b"')
    kept = no_new_items(state, another, in_turn(state)).state.validators
    assert (kept.etag, kept.body_sha256) == ('"b"', another.body.sha256)


def test_a_host_that_gives_no_validators_any_more_is_asked_once_an_hour_at_most():
    state = read(fresh(), story("a"), etag='"a"').state.replace(every=15)
    assert same(state, etag='"b"').state.every == 15
    assert same(state).state.every == 60


def test_a_304_behind_a_permanent_redirect_has_the_redirect_watched():
    moved = replace(answer(b"", 304), moved_to="https://b.example/")
    watched = without_document(settled(validators=KNOWN), moved, at()).state
    assert watched.moving == Moving(to="https://b.example/", count=1, since=at().time)


def test_a_304_out_of_turn_is_written_down_and_in_its_turn_it_is_not():
    state = settled(validators=KNOWN, slot=wheel.slot(FEED_ID, 60))
    turn = in_turn(state)
    assert without_document(state, answer(b"", 304), turn).state is None
    late = decision.Now(turn.minute + wheel.MINUTE, turn.time + wheel.MINUTE)
    assert without_document(state, answer(b"", 304), late).state.rev == state.rev + 1


# What a person can do about a 401


@pytest.mark.parametrize(
    ("state", "url", "advice"),
    [
        (fresh(), URL, "it asks for credentials; give them with `feedriver feeds add URL --user` or `--header`"),
        (fresh(secret=True), URL, "its credentials are wrong or have expired; add it again with the right ones"),
        (
            fresh(secret=True),
            "https://b.example/rss",
            "asked by b.example, where it redirects to and where its credentials are not sent",
        ),
    ],
    ids=["none given", "wrong", "redirected"],
)
def test_a_401_says_what_to_do_about_the_credentials(state, url, advice):
    decided = without_document(state, answer(b"", 401, url), at())
    assert decided.why.startswith(f"HTTP 401 Unauthorized: {advice}; backing off")
