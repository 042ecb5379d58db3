"""The bench of freshness: its histories, its looks, other readers' rules by hand-checked cases, what it prints."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from functools import partial
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from checkout import ROOT

sys.path.insert(0, str(ROOT / "bench"))  # its modules import each other, as scripts do
try:
    import budgets
    import figures
    import freshness
    import goals
    import histories
    import looks
    import ours
    import peers
    import picture
    import report
    import resampled
    import synthetic
    import weeks
finally:
    sys.path.remove(str(ROOT / "bench"))

from feedriver.decide import window

HOUR, DAY = weeks.HOUR, weeks.DAY
T = histories.BEGIN + 100 * DAY  # some Wednesday, 0:00 UTC


@pytest.fixture(scope="module")
def made():
    """Every fifth feed of the bench."""
    return freshness.made(1, every=5)


# ---------------------------------------------------------------- histories


def test_there_are_138_captured_feeds_and_156_made_up_ones_of_thirteen_kinds(made):
    captured = json.loads(resampled.DATES.read_text(encoding="utf-8"))["feeds"]
    assert (len(captured), len({each["name"] for each in captured})) == (138, 138)
    assert sum(count for count, _ in synthetic.KINDS.values()) == 156
    assert {each.kind for each in made} == {"real fast", "real daily", "real slow", *synthetic.KINDS}


def test_histories_are_the_same_for_a_seed_and_others_for_another(made):
    assert freshness.made(1, every=20) == [*made[:28:4], *made[28::4]]
    assert list(synthetic.feeds(2, every=20)) != made[28::4]


def test_times_are_sorted_and_each_has_its_date(made):
    for each in made:
        assert all(earlier <= later for earlier, later in pairwise(each.times))
        assert len(each.shown) == len(each.times)
        assert all(date is None or date <= time for time, date in zip(each.times, each.shown, strict=True))


def test_each_kind_has_its_habits(made):
    of = {kind: [each for each in made if each.kind == kind] for kind in synthetic.KINDS}
    assert all(date is None for each in of["no dates"] for date in each.shown)
    for kind in ("arxiv batch", "journal TOC"):
        assert all(date % DAY == 0 for each in of[kind] for date in each.shown)
    assert all(each.times[-1] < histories.BEGIN + 21 * DAY for each in of["newswire, stops"])
    assert all(len(each.times) % 10 == 0 for each in of["bursts of 10"])
    gaps = [later - earlier for each in of["weekly podcast"] for earlier, later in pairwise(each.times)]
    assert all(abs(gap - 7 * DAY * round(gap / DAY / 7)) < 3 * HOUR for gap in gaps)


def test_a_captured_feed_that_is_dated_by_the_day_stays_so():
    dates = [day * DAY for day in (20_000, 20_003, 20_010, 20_012, 20_020, 20_021)]
    drawn = resampled.drawn("by the day", 6, dates, freshness.resampled.Random("any"))
    assert drawn.kind == "real daily"
    assert all(date % DAY == 0 for date in drawn.shown)
    assert len({time % DAY for time in drawn.times}) > 10


def test_a_file_of_histories_is_read_with_missing_dates(tmp_path):
    path = tmp_path / "histories.json"
    given = {"class": "a", "window": 5, "times": [1, 2]}
    path.write_text(
        json.dumps([{"name": n, **given, "shown": s} for n, s in (("x", None), ("y", []), ("z", [1, None]))])
    )
    assert [each.shown for each in histories.load(path)] == [[None, None], [None, None], [1, None]]


@pytest.mark.parametrize("wrong", [{"times": [2, 1]}, {"times": [1, 2], "shown": [1]}])
def test_a_file_that_is_not_as_it_has_to_be_is_refused(tmp_path, wrong):
    path = tmp_path / "histories.json"
    path.write_text(json.dumps([{"name": "x", "class": "a", "window": 5, **wrong}]))
    with pytest.raises(ValueError, match="x: "):
        histories.load(path)


def test_a_week_gives_the_time_at_which_so_much_of_it_has_passed():
    weekdays = weeks.week_of([1] * 24, weekend=0.0)
    friday = T + 2 * DAY
    assert weeks.weekday(friday) == 4
    assert weekdays.after(friday, DAY / 2) == friday + DAY / 2
    assert weekdays.after(friday, DAY + HOUR) == friday + 3 * DAY + HOUR  # Monday
    assert weekdays.between(friday, friday + 3 * DAY + HOUR) == DAY + HOUR
    assert weekdays.after(friday, 5 * DAY) in (friday + 5 * DAY, friday + 7 * DAY)


# ---------------------------------------------------------------- looks


def history(*after_first_look, window=10, shown=None, name="a feed"):
    """Entries so many seconds after the first look; dated as they appear where `shown` says nothing else."""
    empty = histories.History(name, "by hand", window, [], [])
    times = [int(looks.first_look(empty)) + seconds for seconds in after_first_look]
    return histories.History(name, "by hand", window, times, times if shown is None else shown)


def followed(feed, minutes=60):
    return looks.follow(feed, peers.Fixed(feed, 1.0, minutes=minutes))


def test_a_delay_is_the_time_to_the_first_look_that_shows_the_entry():
    found = followed(history(-5, 10, 3600, 7300))
    assert list(found.delays) == [3590, 0, 3500]
    assert (found.requests, found.useful, found.lost) == (60 * 24 + 1, 2, 0)


def test_what_falls_out_of_the_document_before_a_look_is_lost():
    found = followed(history(7800, 7801, 7802, window=2))
    assert list(found.delays) == [2999, 2998]
    assert found.lost == 1


def test_looks_go_on_until_the_last_entry_of_the_measured_days_is_found():
    end = 60 * DAY
    found = followed(history(10, end - 10, end + 10), minutes=7 * 60)
    assert list(found.delays) == [7 * HOUR - 10, 206 * 7 * HOUR - (end - 10)]
    assert found.requests == 206


def test_looks_at_a_feed_that_has_stopped_are_counted():
    found = followed(history(7800))
    first_hour = (7800 + 30 * DAY) // HOUR + 1
    assert found.idle == 60 * 24 - first_hour + 1
    assert found.idle_days == pytest.approx(30 - 7800 / DAY)


def test_looks_that_found_nothing_and_were_written_are_counted_to_the_end():
    class Restless(looks.Rule):
        def wait(self, look):
            self.moves += not look.found
            return 12 * HOUR

    found = looks.follow(history(), Restless(), days=30)
    assert found.moves == found.requests == 61


def test_two_processes_find_what_one_does(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "bench")  # for the processes
    feeds = [history(*range(9, 40 * DAY, step), name=str(step)) for step in (5_000, 50_000)]
    reader = partial(peers.Fixed, minutes=60)
    with looks.following(feeds, processes=1) as alone, looks.following(feeds) as together:
        assert alone(reader, 1.0, 0) == together(reader, 1.0, 0)


# ---------------------------------------------------------------- ours


def documents_of(monkeypatch, feed):
    """The outcome of ours for three days, the documents that it decided on, and the states that it did so from."""
    seen = []
    decide = ours.document.decide

    def noted(state, answer, parsed, now, **more):
        seen.append((state, parsed))
        return decide(state, answer, parsed, now, **more)

    monkeypatch.setattr(ours.document, "decide", noted)
    return looks.follow(feed, ours.Ours(feed, 1.4), days=3), seen


def test_known_items_are_left_out_as_the_parser_leaves_them_out(monkeypatch):
    found, documents = documents_of(monkeypatch, history(*range(-DAY, 3 * DAY, 1_900), window=20))
    assert found.useful == len(documents) - 1
    for state, parsed in documents[1:]:
        known = window.unpack(state).known.items
        assert {each.slice for each in parsed.kept} <= known
        assert not {each.slice for each in parsed.items} & known
        assert sorted(each.index for each in (*parsed.items, *parsed.kept)) == list(range(20))


def test_what_is_forgotten_decides_nothing(monkeypatch):
    feed = history(*range(-DAY, 4 * DAY, 1_000), window=5)
    forgetting = looks.follow(feed, ours.Ours(feed, 1.4), days=4)
    monkeypatch.setattr(ours, "REMEMBERED", 10_000)
    assert looks.follow(feed, ours.Ours(feed, 1.4), days=4) == forgetting


def test_ours_looks_at_a_feed_of_no_dates_and_at_one_that_is_empty_at_first():
    undated = history(*range(0, 10 * DAY, 40_000), shown=[None] * 22)
    for feed in (undated, history(5 * DAY)):
        found = looks.follow(feed, ours.Ours(feed, 1.4), days=10)
        assert found.lost == 0
        assert len(found.delays) == looks.visible(feed, 10)


# ---------------------------------------------------------------- peers


def a_look(*ages, new=None, opening=True, time=T):
    """A look at a document of entries so many seconds old, oldest first; an age of None has no date."""
    dates = [None if age is None else time - age for age in ages]
    feed = histories.History("by hand", "by hand", 100, [0] * len(ages), dates)
    return looks.Look(feed, time, 0, len(ages) - (len(ages) if new is None else new), len(ages), opening)


def test_miniflux_divides_a_week_by_the_entries_a_week():
    hourly = [hours * HOUR for hours in range(9, -1, -1)]
    assert peers.Miniflux(None, 1.0).wait(a_look(*hourly)) == HOUR
    assert peers.Miniflux(None, 0.5).wait(a_look(*hourly)) == HOUR / 2
    assert peers.Miniflux(None, 1.0).wait(a_look(60, 50, 40)) == 5 * 60
    assert peers.Miniflux(None, 1.0).wait(a_look(HOUR)) == DAY
    assert peers.Miniflux(None, 1.0).wait(a_look(20 * DAY, 10 * DAY, DAY)) == DAY  # one in the last week tells nothing


def test_miniflux_counts_what_a_look_finds_from_the_next_one_on():
    rule = peers.Miniflux(None, 1.0)
    assert rule.wait(a_look(2 * HOUR)) == DAY
    assert rule.wait(a_look(2 * HOUR, HOUR, new=1, opening=False)) == DAY
    assert rule.wait(a_look(2 * HOUR, HOUR, new=0, opening=False)) < DAY


def test_commafeed_takes_half_the_mean_gap_and_less_after_a_week_of_silence():
    gaps = [80 * 60, 40 * 60, 0]
    assert peers.CommaFeed(None, 1.0).wait(a_look(*gaps)) == 20 * 60
    assert peers.CommaFeed(None, 1.0).wait(a_look(5 * DAY, DAY)) == HOUR
    assert peers.CommaFeed(None, 1.0).wait(a_look(None, None)) == 5 * 60
    assert peers.CommaFeed(None, 1.0).wait(a_look(HOUR)) == 4 * HOUR
    assert peers.CommaFeed(None, 1.0).wait(a_look()) == 4 * HOUR
    rule = peers.CommaFeed(None, 1.0)
    rule.wait(a_look(*gaps))
    for days, hours in ((6, 1 / 3), (7, 1), (14, 2), (30, 4)):
        assert rule.wait(a_look(new=0, opening=False, time=T + days * DAY)) == hours * HOUR


def test_rss_fetcher_goes_by_how_much_of_a_document_was_known():
    rule = peers.RssFetcher(None, 1.0)
    ages = list(range(9, -1, -1))
    assert rule.wait(a_look(*ages)) == 360 * 60
    assert rule.wait(a_look(*ages, new=0, opening=False)) == 370 * 60
    assert rule.wait(a_look(*ages, new=3, opening=False)) == 380 * 60  # 70 % known
    assert rule.wait(a_look(*ages, new=5, opening=False)) == 380 * 60
    assert rule.wait(a_look(*ages, new=8, opening=False)) == 360 * 60  # 20 % known, from above the first interval
    assert rule.wait(a_look(*ages, new=8, opening=False)) == 300 * 60
    assert rule.wait(a_look(*ages, new=0, opening=False, time=T + 31.5 * DAY)) == 310 * 60
    assert rule.wait(a_look(*ages, new=0, opening=False, time=T + 32 * DAY)) == 370 * 60


@pytest.mark.parametrize(
    ("ages", "one", "several"),
    [
        ([day * DAY for day in range(29, -1, -1)], 60, 15),  # one a day
        ([day * DAY for day in range(28, -1, -2)], 360, 30),  # one in two days
        ([45 * DAY], 720, 360 * 1.5),  # none for a month and a half
        ([90 * DAY], 720, 720),
    ],
)
def test_newsblur_goes_by_the_stories_of_a_month_and_by_subscribers(ages, one, several):
    feed = history(0)
    for minutes, rule in (
        (one, peers.NewsBlur(feed, 1.0, several=False)),
        (several, peers.NewsBlur(feed, 1.0, several=True)),
    ):
        assert minutes * 60 <= rule.wait(a_look(*ages)) <= minutes * 60 * 1.25


def test_the_bound_looks_twice_as_often_where_four_times_as_much_is_published():
    times = [
        at
        for day in range(histories.BEGIN - 70 * DAY, histories.LAST, DAY)
        for at in [*range(day, day + DAY // 2, 2 * HOUR), *range(day + DAY // 2, day + DAY, HOUR // 2)]
    ]
    feed = histories.History("by hand", "by hand", 100, times, [*times])
    rule = peers.Bound(feed, 60.0)

    def wait(hour):
        return rule.wait(looks.Look(feed, T + hour * HOUR, 0, 0, 0, opening=False))

    assert wait(5) / wait(17) == pytest.approx(2, rel=0.05)
    assert peers.Bound(feed, 1e-6).wait(looks.Look(feed, T, 0, 0, 0, opening=False)) == 15 * 60
    assert peers.Bound(feed, 1e9).wait(looks.Look(feed, T, 0, 0, 0, opening=False)) == DAY


# ---------------------------------------------------------------- figures, budgets, goals


def outcome(*, requests=600, lost=0, delays=(60.0,), idle=0, idle_days=0.0):
    return looks.Outcome("any", "by hand", 60, requests, requests // 2, lost, looks.array("d", delays), idle, idle_days)


def test_figures_count_each_entry_alike_or_each_feed_alike():
    found = figures.Figures.of([outcome(delays=(60, 120, 180)), outcome(delays=(600,), lost=2), outcome(delays=())])
    assert (found.feeds, found.requests, found.found, found.lost) == (3, 10, 0.5, 2)
    assert (found.entry.mean, found.entry.median) == (4, 2.5)
    assert (found.feed.mean, found.feed.median) == (6, 6)
    assert math.isnan(found.idle)
    assert figures.Figures.of([outcome(idle=90, idle_days=30)]).idle == 3


def test_a_share_of_values_lies_between_two_of_them_in_proportion():
    assert figures.quantile([1, 2, 3, 4], 0.5) == 2.5
    assert figures.quantile([1, 2, 3, 4, 5], 0.9) == pytest.approx(4.6)
    assert math.isnan(figures.quantile([], 0.5))


def test_a_budget_is_met_from_below_within_a_few_runs():
    tried = []

    def run(measure):
        tried.append(measure)
        return budgets.Run("any", measure, [outcome(requests=round(60_000 / measure**0.6))])

    found = budgets.at_budget(run, 28.0, [run(2.0), run(1.0)], 0.01)
    assert 28 * 0.99 <= found.requests <= 28
    assert len(tried) <= 6


def test_a_run_that_was_made_already_is_not_made_again():
    known = budgets.Run("any", 1.4, [outcome(requests=1670)])
    assert budgets.at_budget(pytest.fail, 28.0, [known], 0.01) is known


def test_a_goal_is_met_at_its_bound_and_beside_others_below_theirs():
    assert goals.Goal("any", 28.0, 28.0).met
    assert not goals.Goal("any", 28.0, 28.0, better=True).met
    assert not goals.Goal("any", math.nan, 28.0).met


def results_of(seconds):
    found = figures.Figures.of([outcome(requests=1_500, delays=(seconds,), idle=30, idle_days=30.0)])
    row = report.Row("ours", 1.4, found)
    peer = report.Row("CommaFeed", 1.5, figures.Figures.of([outcome(requests=1_500, delays=(400.0,))]))
    whole = report.Results(1, 1, 60, 1, goals.BUDGET, levels=[row], shipped=[peer], at_budget=[row, peer], at_half=row)
    whole.real = [row, peer]
    whole.classes = {"weekly podcast": row, "newswire, stops": row}
    whole.goals = freshness.judged(whole)
    return whole


def test_goals_are_judged_by_class_at_half_the_budget_and_beside_the_best_peer():
    reached = {goal.name: goal.met for goal in results_of(300.0).goals}
    assert reached["mean delay of an entry"]
    assert reached["requests a day to a feed that stopped a month ago"]
    assert not reached["weekly podcast: requests"]
    assert not reached["half the budget: requests to a feed in a day"]
    assert reached["captured feeds: mean delay of a feed, beside CommaFeed"]
    assert "bursts of 10: requests" not in reached
    assert not {goal.name: goal.met for goal in results_of(500.0).goals}[
        "all feeds: mean delay of an entry, beside CommaFeed"
    ]


def test_what_is_told_is_json_and_a_picture():
    whole = results_of(300.0)
    told = json.loads(whole.json)
    assert told["at_budget"][0]["entry"]["mean"] == 5
    assert told["at_budget"][1]["idle"] is None
    assert {goal["met"] for goal in told["goals"]} == {True, False}
    drawn = ET.fromstring(picture.svg(whole))
    assert len(drawn.findall(".//{*}polyline")) == 2


def test_a_file_of_histories_is_followed_and_told_as_json(tmp_path):
    feed = history(*range(9, 20 * DAY, 50_000))
    path = tmp_path / "histories.json"
    path.write_text(
        json.dumps([{"name": feed.name, "class": feed.kind, "window": 10, "times": feed.times, "shown": feed.shown}])
    )
    command = [sys.executable, "bench/freshness.py", str(path), "--json", "--bound", "--plot", str(tmp_path / "p.svg")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert (told["feeds"], told["days"], told["entries"], told["seed"]) == (1, 20, 35, None)
    fixed = told["shipped"][0]
    assert (fixed["requests"], fixed["lost"]) == (pytest.approx(481 / 20), 0)
    assert fixed["entry"]["mean"] == pytest.approx(sum(-at % HOUR for at in range(9, 20 * DAY, 50_000)) / 35 / 60)
    assert [row["name"] for row in told["at_budget"]] == ["ours, balanced", *peers.PEERS, peers.BOUND]
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").startswith("<svg")
