"""Parsed documents, answers and states, built directly: what the pure middle is asked about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedriver.decide import rhythm, schedule, wheel
from feedriver.decide.decision import Decision, Now
from feedriver.decide.document import decide
from feedriver.decide.freshness import BALANCED
from feedriver.fetch.body import MemoryDocument
from feedriver.http import Answer
from feedriver.models import Feed, Item, Wishes
from feedriver.parse.result import Parsed, ParsedItem, SourceFields, Tombstone
from feedriver.state import FeedState

URL = "https://paper.example/rss"
FEED_ID = "00000000000000a7"
TIME = datetime(2026, 5, 4, 12, 0, 30, 500_000, tzinfo=UTC)


def at(**later: float) -> Now:
    """So much later: `minutes=`, `hours=`, `days=`."""
    time = TIME + timedelta(**later)
    return Now(wheel.floor_minute(time), time)


def fresh(**changes: object) -> FeedState:
    """A feed that was registered and never polled."""
    state = FeedState(feed_id=FEED_ID, url=URL, added=TIME, slot=wheel.NEW, every=60)
    return state.model_copy(update=changes)


# Twice each second day, until today: what is wanted changes little within days.
STEADY = rhythm.first([TIME - timedelta(hours=48 * (each // 2) + 6 * (each % 2)) for each in range(21)], TIME)


def settled(**changes: object) -> FeedState:
    """A feed that was polled before, whose rhythm is `STEADY` and whose pace was judged: `every` is as it is given."""
    wanted = schedule.wanted(STEADY, TIME, BALANCED)
    return fresh(**{"rhythm": rhythm.pack(STEADY), "wanted": wanted, **changes})


def item(  # an item as parsers give it: source fields follow from what is said, unless they are given
    title: str = "", *, guid: str | None = None, link: str | None = None, text: str = "", **said: object
) -> tuple[Item, SourceFields]:
    media = str(said.pop("media", ""))
    made = Item(title=title or None, guid=guid, link=link, text=text, **said)
    published = made.published.isoformat() if made.published else ""
    return made, SourceFields(title, link or "", "", published, "", text, media, "")


def document(
    *items: tuple[Item, SourceFields],
    wishes: Wishes | None = None,
    title: str = "The Paper",
    deleted: tuple[Tombstone, ...] = (),
    **said: object,
) -> Parsed:
    """A document of these items; `said` is more that it says of the feed: `link`, `id`."""
    feed = Feed(url=URL, title=title, format="rss", wishes=wishes or Wishes(), **said)
    return Parsed(feed, tuple(ParsedItem(index, *each) for index, each in enumerate(items)), deleted=deleted)


def answer(body: bytes = b"<rss/>", status: int = 200, url: str = URL, **headers: str) -> Answer:
    """An answer; `retry_after="120"` becomes the header `retry-after`."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, said, url, MemoryDocument(body), len(body), 5)


def at_rest(state: FeedState) -> FeedState:
    """The state of a feed that is asked once a day at most: its pace does not move, however long it is silent."""
    slot = wheel.slot(state.feed_id, wheel.LONGEST)
    return state.replace(floor=wheel.LONGEST, every=wheel.LONGEST, at_least=wheel.LONGEST, timetable="", slot=slot)


class Reader:
    """A feed that is read again and again, each document an hour after the one before."""

    def __init__(self, state: FeedState | None = None) -> None:
        self.state = state or fresh()
        self.reads = 0

    def read(self, *items: tuple[Item, SourceFields], **said: object) -> Decision:
        """Read a document of these items; `said` is what else is in it, as in `document`."""
        parsed = document(*items, **said)  # type: ignore[arg-type]  # `document` says what may be said
        body = f"document {self.reads}".encode()
        decided = decide(self.state, answer(body), parsed, at(hours=self.reads))
        assert decided.state is not None
        self.reads += 1
        self.state = decided.state.model_copy(update={"outbox": ()})
        return decided


def brought(decided: Decision) -> list[tuple[str | None, int]]:
    """The title and the revision of each entry that a decision announces."""
    return [(entry.title, entry.revision) for entry in decided.entries]


def events(decided: Decision) -> list[str]:
    """The events on the feed itself that a decision leaves in the outbox."""
    assert decided.state is not None
    return [pending.event for pending in decided.state.outbox if pending.event]
