"""What every `States`, `Secrets`, `Store` and `Queue` does: asked of the fakes and of the AWS adapters alike.

A rule takes an edge that may hold feeds of other rules: each has its own ids, and one of them the cursor.
`states_contract` and `store_contract` take a factory, which may give a fresh edge each time or the same one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from tempfile import TemporaryFile

import pytest

from feedriver.credentials import Secret
from feedriver.errors import CommitConflict, EdgeError, InvalidWriteError, NoObjectError
from feedriver.ports import Leases, Queue, Secrets, States, Store
from feedriver.state import Failing, FeedState, Moving, Pending, Silence, Validators
from feedriver.table import Cursor, Lease

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
NOBODY = "ffffffffffffffff"


def a_state(feed_id: str, **changes: object) -> FeedState:
    """A feed as it is registered."""
    fresh = FeedState(feed_id=feed_id, url=f"https://{feed_id}.example/", added=NOON, slot="new", every=60)
    return fresh.model_copy(update=changes)


def a_full_state(feed_id: str) -> FeedState:
    """A feed with something in every field."""
    return FeedState(
        feed_id=feed_id,
        url=f"https://{feed_id}.example/ü?a=1&b=2",
        rev=1,
        added=NOON,
        slot="30:7",
        every=30,
        not_before=NOON + timedelta(minutes=30),
        at_least=20,
        held_until=NOON + timedelta(hours=24),
        skip_hours=(0, 23),
        skip_days=("Sunday",),
        title="Die Zeitung „Ü“ 🗞",
        link="https://example.org/",
        icon="https://example.org/icon.png",
        validators=Validators(
            url=f"https://{feed_id}.example/",
            etag='W/"a-b\\"c"',
            last_modified="thu, 01 jan 1970",
            body_sha256="0" * 64,
            got=NOON,
            doubted=NOON,
            refused=NOON,
        ),
        seen=bytes(range(256)),
        outbox=(
            Pending(at=NOON, key="entries/date=2026-05-04/feed=x/1.jsonl"),
            Pending(at=NOON, event="Feed Failing", about={"code": "dns", "count": 3, "detail": None}),
        ),
        failing=Failing(count=3, since=NOON, code="dns", detail="no such host", announced=True),
        moving=Moving(to="https://b.example/", count=3, since=NOON),
        gone=NOON,
        secret=True,
        silence=Silence(since=NOON, after=NOON + timedelta(days=7), announced=True),
    )


def load_leaves_out_unknown_ids_and_reads_repeated_ones_once(states: States) -> None:
    known = a_state("a000000000000001")
    states.register(known)
    assert states.load([known.feed_id, NOBODY, known.feed_id]) == {known.feed_id: known}
    assert states.load([]) == {}


def load_reads_a_whole_batch(states: States) -> None:
    ids = [f"a1{number:014x}" for number in range(250)]
    for feed_id in ids:
        states.register(a_state(feed_id))
    assert set(states.load(ids)) == set(ids)


def commit_replaces_the_item_whole(states: States) -> None:
    states.register(a_state("a000000000000002"))
    full = a_full_state("a000000000000002")
    states.commit(full)
    assert states.load([full.feed_id])[full.feed_id] == full
    bare = a_state(full.feed_id, rev=2)
    states.commit(bare)
    assert states.load([full.feed_id])[full.feed_id] == bare


def commit_takes_the_next_revision_only(states: States) -> None:
    states.register(a_state("a000000000000003"))
    states.commit(a_state("a000000000000003", rev=1, title="first"))
    for rev in (0, 1, 3):
        with pytest.raises(CommitConflict):
            states.commit(a_state("a000000000000003", rev=rev, title="late"))
    assert states.load(["a000000000000003"])["a000000000000003"].title == "first"


def commit_brings_no_removed_feed_back(states: States) -> None:
    states.register(a_state("a000000000000004"))
    states.remove("a000000000000004")
    with pytest.raises(CommitConflict):
        states.commit(a_state("a000000000000004", rev=1))
    assert states.load(["a000000000000004"]) == {}


def clear_outbox_empties_that_revision_only(states: States) -> None:
    states.register(a_state("a000000000000005"))
    full = a_full_state("a000000000000005")
    states.commit(full)
    states.clear_outbox(full.feed_id, 0)
    states.clear_outbox(full.feed_id, 2)
    assert states.load([full.feed_id])[full.feed_id] == full
    states.clear_outbox(full.feed_id, 1)
    states.clear_outbox(full.feed_id, 1)
    assert states.load([full.feed_id])[full.feed_id] == full.model_copy(update={"outbox": ()})
    states.clear_outbox(NOBODY, 0)
    assert states.load([NOBODY]) == {}


def register_leaves_a_known_feed_as_it_is(states: States) -> None:
    assert states.register(a_state("a000000000000006", title="kept"))
    assert not states.register(a_state("a000000000000006", title="again"))
    assert states.load(["a000000000000006"])["a000000000000006"].title == "kept"


def remove_says_whether_the_feed_was_there(states: States) -> None:
    states.register(a_state("a000000000000007", slot="60:58"))
    assert states.remove("a000000000000007")
    assert not states.remove("a000000000000007")
    assert states.load(["a000000000000007"]) == {}
    assert "a000000000000007" not in {placed.feed_id for placed in states.in_slots(["60:58"])}


def every_gives_feeds_and_nothing_else(states: States) -> None:
    ids = {"a000000000000008", "a000000000000009"}
    for feed_id in ids:
        states.register(a_state(feed_id))
    states.advance(states.cursor(), Cursor(NOON))
    assert ids <= {state.feed_id for state in states.every()}
    assert all(isinstance(state, FeedState) for state in states.every())


def stretches_find_each_full_outbox_and_end(states: States) -> None:
    full = ("a00000000000000f", "a000000000000010", "a000000000000011")
    for feed_id in (*full, "a000000000000012", "a000000000000013"):
        states.register(a_state(feed_id))
    for feed_id in full:
        states.commit(a_full_state(feed_id))
    found: dict[str, FeedState] = {}
    after, stretches = None, 0
    while True:
        stretch = states.stretch(after, 2, unannounced=True)
        found |= {state.feed_id: state for state in stretch.states}
        after, stretches = stretch.last, stretches + 1
        if after is None:
            break
        assert stretches < 1_000
    assert stretches > 2
    assert all(found[feed_id] == a_full_state(feed_id) for feed_id in full)
    assert all(state.outbox for state in found.values())
    assert set(full) <= {state.feed_id for state in states.stretch(None, 1_000, unannounced=True).states}


def stretches_hold_each_feed_once_and_nothing_else(states: States) -> None:
    ids = {"a000000000000015", "a000000000000016", "a000000000000017"}
    for feed_id in ids:
        states.register(a_state(feed_id))
    states.stop("sweep", "a000000000000015")
    states.advance(states.cursor(), Cursor(NOON))
    found: list[str] = []
    after = None
    while True:
        stretch = states.stretch(after, 2)
        found += [state.feed_id for state in stretch.states]
        if (after := stretch.last) is None:
            break
    assert ids <= set(found)
    assert len(found) == len(set(found)) == len(list(states.every()))


def a_stretch_begins_behind_a_feed_that_is_gone_too(states: States) -> None:
    states.register(a_state("a000000000000014"))
    states.remove("a000000000000014")
    states.stretch("a000000000000014", 2)


def each_job_is_told_where_it_stopped(states: States) -> None:
    states.stop("sweep", "a000000000000014")
    states.stop("reconcile", '{"part": "objects"}')
    assert (states.stopped("sweep"), states.stopped("reconcile")) == ("a000000000000014", '{"part": "objects"}')
    states.stop("sweep", None)
    assert (states.stopped("sweep"), states.stopped("reconcile")) == (None, '{"part": "objects"}')
    assert all(isinstance(state, FeedState) for state in states.every())


def in_slots_follows_a_feed_as_it_moves(states: States) -> None:
    states.register(a_state("a00000000000000a", slot="new"))
    states.register(a_state("a00000000000000b", slot="1440:77"))
    states.commit(a_state("a00000000000000a", rev=1, slot="720:77"))
    assert "a00000000000000a" not in {placed.feed_id for placed in states.in_slots(["new"])}
    assert list(states.in_slots(["720:77", "720:78", "1440:77"])) == [
        ("a00000000000000a", "720:77", "a00000000000000a.example", ""),
        ("a00000000000000b", "1440:77", "a00000000000000b.example", ""),
    ]
    states.commit(a_state("a00000000000000a", rev=2, slot="720:77", timetable="0" * 32))
    (placed,) = states.in_slots(["720:77"])
    assert (placed.host, placed.timetable) == ("a00000000000000a.example", "0" * 32)
    assert states.load(["a00000000000000a"])["a00000000000000a"].timetable == "0" * 32
    assert list(states.in_slots([])) == []


def in_slots_finds_the_same_after_a_days_outage(states: States) -> None:
    states.register(a_state("a00000000000000c", slot="480:79"))
    states.register(a_state("a00000000000000d", slot="480:80"))
    slots = [f"1440:{number}" for number in range(400)] + ["480:79"]
    found = [placed for placed in states.in_slots(slots) if placed.feed_id >= "a00000000000000c"]
    assert found == [("a00000000000000c", "480:79", "a00000000000000c.example", "")]


def a_hold_stands_until_a_longer_one(states: States) -> None:
    for minutes in (30, 60, 45):
        states.hold("held.example", NOON + timedelta(minutes=minutes), NOON)
    assert states.holds()["held.example"] == NOON + timedelta(minutes=60)


def a_hold_is_never_cut_short_by_a_part_of_a_second(states: States) -> None:
    until = NOON + timedelta(minutes=5, microseconds=1)
    states.hold("exact.example", until, NOON)
    assert until <= states.holds()["exact.example"] < until + timedelta(seconds=1)


def holds_that_are_over_are_dropped_with_the_next(states: States) -> None:
    later = NOON + timedelta(days=40)
    states.hold("over.example", NOON + timedelta(minutes=10), NOON)
    states.hold("long.example", later + timedelta(hours=2), NOON)
    states.hold("next.example", later + timedelta(hours=1), later)
    assert set(states.holds()) == {"long.example", "next.example"}


def holds_are_no_feeds(states: States) -> None:
    states.register(a_state("a00000000000000e"))
    states.hold("held.example", NOON + timedelta(days=90), NOON)
    assert all(isinstance(state, FeedState) for state in states.every())
    assert "a00000000000000e" in {state.feed_id for state in states.every()}


def behind_goes_through_a_slot_in_the_order_of_ids(states: States) -> None:
    ids = [f"b00000000000000{number}" for number in (3, 1, 2)]
    for each in ids:
        states.register(a_state(each, slot="1440:99"))
    states.register(a_state("b000000000000004", slot="1440:100"))
    known = states.behind("1440:99", "", 10)
    assert [placed.feed_id for placed in known] == sorted(ids)
    assert set(known) == set(states.in_slots(["1440:99"]))
    assert states.behind("1440:99", "", 2) == known[:2]
    assert states.behind("1440:99", known[1].feed_id, 2) == known[2:]
    assert states.behind("1440:99", "b00000000000000150", 10) == known[1:]  # a feed that is there no more
    assert states.behind("1440:99", known[2].feed_id, 2) == []


def advance_moves_the_cursor_from_where_it_stands_only(states: States) -> None:
    start = states.cursor()
    one, again = Cursor(NOON + timedelta(days=1)), Cursor(NOON + timedelta(days=1), 2)
    two = Cursor(NOON + timedelta(days=1, minutes=1), new_after="a000000000000003")
    assert states.advance(start, one)
    assert states.cursor() == one
    for stale in (start, Cursor(None), two, again, Cursor(None, 2)):
        assert not states.advance(stale, two)
    assert states.cursor() == one
    assert states.advance(one, again)
    assert states.cursor() == again
    assert not states.advance(one, two)
    assert states.advance(again, two)
    assert states.cursor() == two


def an_item_over_400_kb_is_refused(states: States) -> None:
    large = a_state("a000000000000018", url="https://a.example/" + "x" * 410_000)
    with pytest.raises(InvalidWriteError):
        states.register(large)
    assert states.load([large.feed_id]) == {}


STATES_RULES: tuple[Callable[[States], None], ...] = (
    load_leaves_out_unknown_ids_and_reads_repeated_ones_once,
    load_reads_a_whole_batch,
    commit_replaces_the_item_whole,
    commit_takes_the_next_revision_only,
    commit_brings_no_removed_feed_back,
    clear_outbox_empties_that_revision_only,
    register_leaves_a_known_feed_as_it_is,
    remove_says_whether_the_feed_was_there,
    every_gives_feeds_and_nothing_else,
    stretches_find_each_full_outbox_and_end,
    stretches_hold_each_feed_once_and_nothing_else,
    a_stretch_begins_behind_a_feed_that_is_gone_too,
    each_job_is_told_where_it_stopped,
    in_slots_follows_a_feed_as_it_moves,
    in_slots_finds_the_same_after_a_days_outage,
    behind_goes_through_a_slot_in_the_order_of_ids,
    a_hold_stands_until_a_longer_one,
    a_hold_is_never_cut_short_by_a_part_of_a_second,
    holds_that_are_over_are_dropped_with_the_next,
    holds_are_no_feeds,
    advance_moves_the_cursor_from_where_it_stands_only,
    an_item_over_400_kb_is_refused,
)


def in_a_minute(seconds: int = 0) -> datetime:
    return NOON + timedelta(minutes=1, seconds=seconds)


def a_batch_begins_once_and_is_known_while_it_is_at_work_and_after(leases: Leases) -> None:
    batch, hosts = "c000000000000001", ("one.example", "two.example")
    assert leases.standing(batch, NOON) is None
    assert leases.take(batch, hosts, NOON, in_a_minute()) == Lease("taken")
    assert leases.standing(batch, NOON) == "at_work"
    assert leases.take(batch, hosts, NOON, in_a_minute()) == Lease("at_work")
    leases.finish(batch, in_a_minute(-10))
    assert leases.standing(batch, NOON) == leases.standing(batch, NOON + timedelta(minutes=15)) == "done"
    assert leases.take(batch, hosts, NOON + timedelta(minutes=15), NOON + timedelta(minutes=17)) == Lease("done")


def hosts_are_busy_while_a_batch_is_at_work_there_and_no_longer(leases: Leases) -> None:
    hosts = ("busy-a.example", "busy-b.example")
    leases.take("c000000000000002", hosts, NOON, in_a_minute())
    wanted = ("busy-b.example", "free.example")
    assert leases.take("c000000000000003", wanted, NOON, in_a_minute()) == Lease("taken", frozenset(wanted[:1]))
    leases.finish("c000000000000002", NOON)
    assert leases.take("c000000000000004", hosts, NOON, in_a_minute()) == Lease("taken")
    assert leases.take("c000000000000005", ("free.example",), NOON, in_a_minute()).busy == {"free.example"}


def a_batch_whose_worker_died_is_left_when_its_time_is_over_and_its_hosts_are_free(leases: Leases) -> None:
    leases.take("c000000000000006", ("dead.example",), NOON, in_a_minute())
    assert leases.standing("c000000000000006", in_a_minute()) == "at_work"
    assert leases.standing("c000000000000006", in_a_minute(1)) == "left"
    late = in_a_minute(120)
    assert leases.take("c000000000000007", ("dead.example",), in_a_minute(1), late) == Lease("taken")
    leases.finish("c000000000000007", in_a_minute(2))
    assert leases.take("c000000000000006", ("dead.example",), in_a_minute(2), late) == Lease("left")
    assert leases.standing("c000000000000006", in_a_minute(12 * 60)) == "left"


def many_batches_later_all_is_as_before(leases: Leases) -> None:
    for number in range(50):
        at = NOON + timedelta(hours=1, minutes=number)
        leases.take(
            f"c1{number:014x}", [f"{number}-{each}.example" for each in range(20)], at, at + timedelta(minutes=2)
        )
        if number % 3:
            leases.finish(f"c1{number:014x}", at)
    at += timedelta(minutes=1)
    known = [leases.standing(f"c1{number:014x}", at) for number in (47, 46, 45)]
    assert known == ["done", "done", "left"]


LEASES_RULES: tuple[Callable[[Leases], None], ...] = (
    a_batch_begins_once_and_is_known_while_it_is_at_work_and_after,
    hosts_are_busy_while_a_batch_is_at_work_there_and_no_longer,
    a_batch_whose_worker_died_is_left_when_its_time_is_over_and_its_hosts_are_free,
    many_batches_later_all_is_as_before,
)


def put_is_read_back_byte_for_byte(store: Store) -> None:
    body = b"\x00\xff" + "Grüße\n".encode()
    store.put("contract/date=2026-05-04/feed=a/1.jsonl", body, "application/x-ndjson")
    assert store.get("contract/date=2026-05-04/feed=a/1.jsonl") == body
    store.put("contract/raw.gz", body, "application/rss+xml; charset=utf-8", "gzip")
    assert store.get("contract/raw.gz") == body


def put_overwrites(store: Store) -> None:
    store.put("contract/twice", b"one", "text/plain")
    store.put("contract/twice", b"two", "text/plain")
    assert store.get("contract/twice") == b"two"


def get_of_what_is_not_there_is_that_objects_error(store: Store) -> None:
    with pytest.raises(NoObjectError):
        store.get("contract/never-put")


def read_tells_what_an_object_was_put_with(store: Store) -> None:
    url = "https://paper.example/ü%20b?q=a+b&c=%C3%BC"
    store.put("contract/labelled", b"x", "application/rss+xml; charset=utf-8", "gzip", url)
    store.put("contract/unlabelled", b"y", "text/plain")
    assert store.read("contract/labelled") == (b"x", "application/rss+xml; charset=utf-8", url)
    assert store.read("contract/unlabelled") == (b"y", "text/plain", None)
    with pytest.raises(NoObjectError):
        store.read("contract/never-put")


def put_file_is_read_back_from_where_it_stood(store: Store) -> None:
    content = bytes(range(256)) * 4_000
    with TemporaryFile() as file:
        file.write(b"before" + content)
        file.seek(len(b"before"))
        store.put_file("contract/file", file)
    assert store.get("contract/file") == content
    found = BytesIO()
    found.write(b"kept")
    store.get_file("contract/file", found)
    assert found.getvalue() == b"kept" + content
    with pytest.raises(EdgeError):
        store.get_file("contract/never-put", found)


def listed_gives_the_keys_of_a_prefix_in_order(store: Store) -> None:
    for number in (2, 10, 1):
        store.put(f"contract/listed/{number}", b"x", "text/plain")
    store.put("contract/listes", b"x", "text/plain")
    found = list(store.listed("contract/listed/"))
    assert [each.key for each in found] == [f"contract/listed/{number}" for number in (1, 10, 2)]
    behind = ("contract/listed/1", "contract/listed/100", "contract/listed/2", "contract/a", "contract/z")
    left = [len(list(store.listed("contract/listed/", after))) for after in behind]
    assert left == [2, 1, 0, 3, 0]
    assert all(each.modified.utcoffset() == timedelta(0) for each in found)
    assert list(store.listed("contract/never-put")) == []


def of_an_address_too_long_for_metadata_the_folder_is_kept(store: Store) -> None:
    for number, (url, told) in enumerate(
        [
            ("https://a.example/" + "x" * 1_800, "https://a.example/" + "x" * 1_800),
            ("https://a.example/dir/" + "ü" * 400, "https://a.example/dir/"),
            ("https://a.example/" + "x" * 1_990 + "/feed", None),
        ]
    ):
        store.put(f"contract/addresses/{number}", b"x", "text/plain", None, url)
        assert store.read(f"contract/addresses/{number}").url == told


def discard_deletes_what_is_there_and_minds_nothing_else(store: Store) -> None:
    for key in ("contract/a", "contract/b"):
        store.put(key, b"x", "text/plain")
    store.discard(["contract/a", "contract/never-put"])
    store.discard(["contract/a"])
    with pytest.raises(EdgeError):
        store.get("contract/a")
    assert store.get("contract/b") == b"x"


def the_bucket_has_a_name(store: Store) -> None:
    assert store.bucket


A_SECRET = Secret("https://a.example", (("Authorization", "Basic YTpi"), ("X-Key", '"; ü' + "x" * 100)), "token=%22")


def secrets_are_read_back_as_they_were(secrets: Secrets) -> None:
    secrets.keep("b000000000000001", A_SECRET)
    secrets.keep("b000000000000002", Secret("http://b.example:8080"))
    assert secrets.load(["b000000000000001", NOBODY, "b000000000000002", "b000000000000001"]) == {
        "b000000000000001": A_SECRET,
        "b000000000000002": Secret("http://b.example:8080"),
    }
    assert secrets.load([]) == {}


def a_secret_takes_the_place_of_the_one_before(secrets: Secrets) -> None:
    secrets.keep("b000000000000003", A_SECRET)
    secrets.keep("b000000000000003", Secret("https://c.example", query="key=2"))
    assert secrets.load(["b000000000000003"])["b000000000000003"].query == "key=2"


def secrets_of_a_whole_batch_are_read(secrets: Secrets) -> None:
    ids = [f"b1{number:014x}" for number in range(23)]
    for feed_id in ids:
        secrets.keep(feed_id, Secret(f"https://{feed_id}.example"))
    assert {feed_id: secret.origin for feed_id, secret in secrets.load(ids).items()} == {
        feed_id: f"https://{feed_id}.example" for feed_id in ids
    }


def a_forgotten_secret_is_gone_and_may_be_forgotten_again(secrets: Secrets) -> None:
    secrets.keep("b000000000000004", A_SECRET)
    secrets.forget("b000000000000004")
    secrets.forget("b000000000000004")
    assert secrets.load(["b000000000000004"]) == {}


SECRETS_RULES: tuple[Callable[[Secrets], None], ...] = (
    secrets_are_read_back_as_they_were,
    a_secret_takes_the_place_of_the_one_before,
    secrets_of_a_whole_batch_are_read,
    a_forgotten_secret_is_gone_and_may_be_forgotten_again,
)

STORE_RULES: tuple[Callable[[Store], None], ...] = (
    put_is_read_back_byte_for_byte,
    put_overwrites,
    get_of_what_is_not_there_is_that_objects_error,
    read_tells_what_an_object_was_put_with,
    put_file_is_read_back_from_where_it_stood,
    listed_gives_the_keys_of_a_prefix_in_order,
    of_an_address_too_long_for_metadata_the_folder_is_kept,
    discard_deletes_what_is_there_and_minds_nothing_else,
    the_bucket_has_a_name,
)


def a_message_over_1_mib_is_refused(queue: Queue) -> None:
    queue.send(["x" * 1024 * 1024])
    with pytest.raises(EdgeError):
        queue.send(["x" * (1024 * 1024 + 1)])


def a_delay_over_a_quarter_of_an_hour_is_refused(queue: Queue) -> None:
    queue.send(["a"], delay=900)
    with pytest.raises(EdgeError):
        queue.send(["a"], delay=901)


QUEUE_RULES: tuple[Callable[[Queue], None], ...] = (
    a_message_over_1_mib_is_refused,
    a_delay_over_a_quarter_of_an_hour_is_refused,
)


def states_contract(make: Callable[[], States]) -> None:
    """Each rule on a `States` of `make`."""
    for rule in STATES_RULES:
        rule(make())


def store_contract(make: Callable[[], Store]) -> None:
    """Each rule on a `Store` of `make`."""
    for rule in STORE_RULES:
        rule(make())


def check_secrets(secrets: Secrets) -> None:
    """Each rule on this one `Secrets`."""
    for rule in SECRETS_RULES:
        rule(secrets)


def check_states(states: States) -> None:
    """Each rule on this one `States`."""
    states_contract(lambda: states)


def check_store(store: Store) -> None:
    """Each rule on this one `Store`."""
    store_contract(lambda: store)
