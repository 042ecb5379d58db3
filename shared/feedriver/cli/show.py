"""`feedriver feeds show`: all that is known of one feed, and how its last polls went."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.console import Group
from rich.table import Table

from feedriver.cli import habits, output
from feedriver.decide import overflow, rhythm, seen, wheel
from feedriver.decide.decision import next_turn
from feedriver.poll.log import Poll
from feedriver.state import FeedState

AS_KEPT = {"validators", "failing", "gone", "quarantined", "held_until", "added", "link"}
SHOWN_OF_A_POLL = ("time", "outcome", "status", "milliseconds", "bytes", "new", "updated", "why")


def known(state: FeedState, polls: list[Poll], now: datetime) -> dict[str, Any]:
    """What `show --json` prints: a contract.

    {"feed_id", "url", "private", "title", "link", "added", "every", "intervals", "freshness", "floor", "asked_for",
    "rhythm", "why_next", "next", "entries", "validators", "answers_from", "held_until", "failing", "silent", "gone",
    "quarantined", "outbox", "held", "polls"}. `every` is in minutes, in the feed's busiest hours; `intervals` says in
    words how others differ. `freshness` and `floor` (minutes) are as a person set them. `asked_for` is what its
    publisher asks for, null or {"minutes", "by"}. `rhythm` is {"words", "hours", "days", "sessions"}: how busy it was
    found in each hour of the day (UTC) and on each weekday from Monday on, and when it last published, newest last.
    `next` is null where it is not asked any more; `entries` counts those that are remembered; `answers_from` is where
    the feed was last read, if not at its own address; `silent` is since when it brought nothing new, where
    `Feed Silent` said so; `outbox` counts what is still to be announced, `held` the entries of a flood that wait to be
    released; `polls` are the last, newest first.
    """
    kept = state.model_dump(mode="json", include=AS_KEPT)
    turn = next_turn(state, wheel.floor_minute(now))
    read_at = state.validators.url if state.validators else state.url
    return {
        "feed_id": state.feed_id,
        "url": state.url,
        "private": state.secret,
        "title": state.title,
        "link": kept["link"],
        "added": kept["added"],
        "every": state.every,
        "intervals": habits.intervals(state),
        "freshness": state.freshness,
        "floor": state.floor,
        "asked_for": {"minutes": state.asked, "by": state.asked_by} if state.asked else None,
        "rhythm": _rhythm(state, now),
        "why_next": polls[0]["why"] if polls else None,
        "next": turn.isoformat() if turn else None,
        "entries": len(seen.unpack(state.seen)[0]) + len(overflow.unpack(state.bare)),
        "validators": kept["validators"],
        "answers_from": read_at if read_at != state.url else None,
        "held_until": kept["held_until"],
        "failing": kept["failing"],
        "silent": state.silence.since.isoformat() if state.silence and state.silence.announced else None,
        "gone": kept["gone"],
        "quarantined": kept["quarantined"],
        "outbox": len(state.outbox),
        "held": state.flood.held if state.flood else 0,
        "polls": [{name: poll.get(name) for name in SHOWN_OF_A_POLL} for poll in polls],
    }


def _rhythm(state: FeedState, now: datetime) -> dict[str, Any]:
    known = rhythm.unpack(state.rhythm) or rhythm.Rhythm()
    return {
        "words": habits.habits(known, now),
        "hours": [round(each, 2) for each in known.hours],
        "days": [round(each, 2) for each in known.days],
        "sessions": [datetime.fromtimestamp(60 * each, UTC).isoformat() for each in known.sessions],
    }


def screenful(found: dict[str, Any], *, wide: bool) -> Group:
    """The same for people."""
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for name, value in _facts(found):
        if value:
            rows.add_row(name, output.cell(value))
    return Group(rows, "", _polls(found["polls"], wide=wide) if found["polls"] else "No polls in the last two days.")


def _facts(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value, in the order in which they are shown; those without a value are left out."""
    validators, failing = found["validators"] or {}, found["failing"]
    sent = [f"{name} {validators[name]}" for name in ("etag", "last_modified") if validators.get(name)]
    ill = failing and f"{failing['code']}, {failing['count']} in a row since {_minute(failing['since'])}"
    return [
        ("address", found["url"] + (" (with credentials)" if found["private"] else "")),
        ("id", found["feed_id"]),
        ("title", found["title"] or ""),
        ("page", found["link"] or ""),
        ("read at", found["answers_from"] or ""),
        ("added", _minute(found["added"])),
        ("rhythm", found["rhythm"]["words"]),
        ("hours (UTC)", _bars(found["rhythm"]["hours"], "0h", "23h")),
        ("weekdays", _bars(found["rhythm"]["days"], "Mon", "Sun")),
        ("looked at", found["intervals"] + _set_by_hand(found)),
        ("next look", f"{datetime.fromisoformat(found['next']):%A %Y-%m-%d %H:%M}" if found["next"] else "never"),
        ("why", found["why_next"] or ""),
        ("held until", _minute(found["held_until"])),
        ("failing", f"{ill}: {failing['detail']}" if failing else ""),
        ("silent", f"nothing new since {_minute(found['silent'])}" if found["silent"] else ""),
        ("quarantine", f"since {_minute(found['quarantined'])}: alone, once a day" if found["quarantined"] else ""),
        ("gone", f"since {_minute(found['gone'])}" if found["gone"] else ""),
        ("validators", "; ".join(sent) or ("none that the host gave" if validators else "")),
        ("entries", f"{found['entries']} known"),
        ("to announce", f"{found['outbox']} from the last poll" if found["outbox"] else ""),
        (
            "held",
            f"{found['held']} entries of a flood: see `feedriver feeds release`" if found["held"] else "",
        ),
    ]


def _bars(counts: list[float], first: str, last: str) -> str:
    bars = habits.picture(counts)
    return f"{first} {bars} {last}" if bars else ""


def _set_by_hand(found: dict[str, Any]) -> str:
    """What a person set, and what the publisher asks for."""
    asked = found["asked_for"]
    parts = (
        f"freshness {found['freshness']}" if found["freshness"] else "",
        f"{found['floor']} min apart at least" if found["floor"] else "",
        f"its publisher asks for {asked['minutes']} min" + f" ({asked['by']})" * bool(asked["by"]) if asked else "",
    )
    return "".join(f"; {each}" for each in parts if each)


def _polls(polls: list[dict[str, Any]], *, wide: bool) -> Table:
    rows = output.table(f"the last {len(polls)} polls" if len(polls) > 1 else "the last poll")
    for name in ("time (UTC)", "outcome"):
        rows.add_column(name, no_wrap=True)
    for name in ("HTTP", "ms", "bytes", "new", "upd."):
        rows.add_column(name, justify="right", no_wrap=True)
    rows.add_column("why", overflow="fold" if wide else "ellipsis", no_wrap=not wide)
    for poll in polls:
        numbers = (str(poll[name] or "") for name in ("status", "milliseconds", "bytes", "new", "updated"))
        style = "" if poll["outcome"] in output.GOOD else "red"
        outcome = output.cell(poll["outcome"], style)
        rows.add_row(_minute(poll["time"]), outcome, *numbers, output.cell(poll["why"]))
    return rows


def _minute(time: str | None) -> str:
    return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M}" if time else ""
