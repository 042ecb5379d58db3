import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedriver.cli import output
from feedriver.decide.outcome import Outcome
from feedriver.events import SOURCE
from feedriver.models import Entry, Source
from feedriver.poll.announcements import entry_announcements
from feedriver.poll.batches import Report

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def report(name="a", outcome=Outcome.PUBLISHED, **said):
    return Report(**{"feed_id": "f" * 16, "url": f"https://{name}.example/feed", "asked": True, "outcome": outcome,
                     "why": f"the reason of {name}"} | said)  # fmt: skip


def event(number, feed=0, **said):
    """An event of an entry, as a queue receives it."""
    entry = Entry(**{
        "id": f"{number:032x}", "revision": 1, "identified_by": "guid", "content_hash": "0" * 32,
        "feed": Source(id=f"{feed:016x}", url=f"https://feed{feed}.example/feed", title=f"Feed {feed}"),
        "first_seen": NOON, "seen": NOON, "title": f"Entry {number}", "published": NOON - timedelta(hours=number),
    } | said)  # fmt: skip
    (made,) = entry_announcements(entry.model_dump_json().encode() + b"\n", "bucket", "entries/x.jsonl", NOON)
    return json.dumps({"source": SOURCE, "detail-type": made.detail_type, "detail": json.loads(made.detail)})


@pytest.fixture
def shown(capsys, monkeypatch):
    """What a person sees of a run."""

    def show(reports=(), events=(), places=None, columns=120):
        monkeypatch.setenv("COLUMNS", str(columns))
        output.show(list(reports), list(events), places or {})
        return capsys.readouterr().out

    return show


def rows_of(printed, word):
    return [line for line in printed.splitlines() if word in line]


@pytest.mark.parametrize(("columns", "width"), [(None, 120), ("80", 80)])
def test_output_is_as_wide_as_the_environment_says_or_as_a_pipe_may_be(columns, width, monkeypatch, capsys):
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    else:
        monkeypatch.delenv("COLUMNS", raising=False)
    assert output.console().width == width


def test_text_neither_steers_nor_is_taken_for_markup():
    stream = io.StringIO()
    output.Screen(stream, 80).print("[bold]a\x1b[31m\x9b :smile:[/bold]")
    assert stream.getvalue() == "[bold]a\\u001b[31m\\u009b :smile:[/bold]\n"


def test_a_complaint_is_one_line_on_stderr_however_long(capsys):
    output.complain("one\ntwo\x1b " + "x" * 300)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"feedriver: one two {'x' * 300}\n")


def test_json_is_the_whole_of_stdout_and_keeps_its_characters(capsys):
    output.as_json({"title": "日本"})
    assert capsys.readouterr().out == '{"title": "日本"}\n'
    output.as_json([1], indent=2)
    assert capsys.readouterr().out == "[\n  1\n]\n"


def test_progress_counts_each_feed_on_stderr(capsys):
    with output.progress(2, quiet=False) as done:
        done(report())
        done(report("b", "dns"))
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "2/2" in printed.err


@pytest.mark.parametrize(("feeds", "quiet"), [(2, True), (0, False)])
def test_there_is_no_bar_where_nobody_wants_it_or_nothing_is_polled(feeds, quiet, capsys):
    with output.progress(feeds, quiet=quiet) as done:
        done(report())
    assert capsys.readouterr().err == ""


def test_a_run_without_feeds_says_how_to_poll_some(shown):
    printed = shown()
    assert "No new entries." in printed
    assert "No feed is due. All of them are polled with --all" in printed
    assert "The subscriber's queue received: nothing." in printed
    assert "0 polled, 0 answered 304, 0 new, 0 updated" in printed


def test_a_run_is_summed_up(shown):
    reports = [
        report(new=3, updated=1, status=200),
        report("b", Outcome.NOT_MODIFIED, status=304),
        report("c", Outcome.WAITING, asked=False),
    ]
    printed = shown(reports, [event(1), event(2), event(3, revision=2, changed=("title",))])
    assert "2 polled, 1 answered 304, 3 new, 1 updated" in printed
    assert "The subscriber's queue received: 2 Entry Published, 1 Entry Updated." in printed


def test_places_are_named_and_never_broken(shown):
    assert f"\n  entries   /{'x' * 300}\n" in shown(places={"entries": Path("/" + "x" * 300)})


def test_entries_are_shown_newest_first_with_their_source(shown):
    printed = shown(events=[event(2), event(1), event(3, published=None)])
    assert [" ".join(line.split()) for line in rows_of(printed, "Feed 0")] == [
        "2026-05-04 11:00 Feed 0 Entry 1",
        "2026-05-04 10:00 Feed 0 Entry 2",
        "no date Feed 0 Entry 3",
    ]


def test_an_update_says_its_revision_and_an_entry_without_a_title_shows_its_text(shown):
    printed = shown(events=[event(1, revision=3, changed=("title",)), event(2, title=None, text="The text")])
    assert rows_of(printed, "(revision 3) Entry 1")
    assert rows_of(printed, "The text")


def test_a_source_that_brings_very_many_leaves_room_for_the_others(shown, monkeypatch):
    monkeypatch.setattr(output, "MOST_ENTRIES", 8)
    events = [event(number) for number in range(20)] + [event(200 + number, feed=1) for number in range(3)]
    printed = shown(events=events)
    assert "23 new and updated entries, of which these 8 are the newest of their sources" in printed
    assert len(rows_of(printed, "Feed 0")) == 5
    assert len(rows_of(printed, "Feed 1")) == 3


def test_of_more_sources_than_there_is_room_for_those_with_the_newest_entries_are_shown(shown, monkeypatch):
    monkeypatch.setattr(output, "MOST_ENTRIES", 4)
    printed = shown(events=[event(number, feed=number) for number in range(9)])
    assert [line.split("Entry ")[1].strip() for line in rows_of(printed, "Feed ")] == ["0", "1", "2", "3"]


def test_feeds_in_trouble_come_last(shown):
    printed = shown([report("ill", "dns"), report("well", next=NOON)])
    well, ill = rows_of(printed, ".example")
    assert "well.example/feed" in well
    assert "05-04 12:00" in well
    assert "ill.example/feed" in ill
    assert "never" in ill


@pytest.mark.parametrize(("columns", "beside"), [(120, True), (100, True), (99, False)])
def test_a_reason_stands_beside_the_outcome_where_there_is_room_and_below_the_table_where_not(shown, columns, beside):
    printed = shown([report("ill", "dns"), report("well")], columns=columns)
    (ill,) = rows_of(printed, "the reason of ill")
    assert ill.startswith("ill.example/feed: ") is not beside
    assert bool(rows_of(printed, "the reason of well")) is beside


def test_of_very_many_feeds_the_first_are_shown_and_the_rest_counted(shown, monkeypatch):
    monkeypatch.setattr(output, "MOST_FEEDS", 3)
    printed = shown([report(f"well{each}") for each in range(5)] + [report(f"ill{each}", "dns") for each in range(4)])
    assert [line.partition(".example")[0] for line in rows_of(printed, ".example")] == [
        "well0", "well1", "well2", "ill0", "ill1", "ill2",
    ]  # fmt: skip
    assert "2 more went well: see the log" in printed
    assert "1 more are in trouble: see the log" in printed


def test_how_a_private_feed_is_polled_is_said_where_one_was_refused(shown):
    hint = "polled with --allow-private only"
    assert hint in shown([report("a", "blocked_address")])
    assert hint not in shown([report("a", "dns")])
