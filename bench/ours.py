"""Our own reader: the decisions of the poll, state in, state out, with no publisher, no AWS and no clock.

What it is given is what the pipeline gives (`feedriver.poll.answer`): a 304 where nothing is new, the same body where
the request went without validators (`feedriver.decide.conditional`), else a document whose known items are left out as
the parser leaves them out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

from histories import History
from looks import INTO_THE_MINUTE, Look, Rule
from weeks import MINUTE

from feedriver import urls
from feedriver.decide import conditional, decision, document, seen, status, wheel
from feedriver.decide.decision import Decision, Now
from feedriver.decide.outcome import Outcome
from feedriver.fetch.body import MemoryDocument
from feedriver.http import Answer
from feedriver.models import Feed, Item
from feedriver.parse.result import KnownItem, Parsed, ParsedItem, SourceFields
from feedriver.parse.slices import HASH_BYTES
from feedriver.registry import FIRST_INTERVAL
from feedriver.state import FeedState

HEAD = bytes(range(HASH_BYTES))  # the hash of what stands around the items, which never changes
REMEMBERED = 20  # known entries of a state beside its window; older ones decide nothing, since no entry comes back
GOOD = {Outcome.PUBLISHED, Outcome.HELD, Outcome.NOT_MODIFIED, Outcome.UNCHANGED}


def _at(time: float) -> datetime:
    return datetime.fromtimestamp(time, UTC)


class Ours(Rule):
    """The state of one feed, with the number of hours that a feed of one entry a day is left alone: `spacing`."""

    def __init__(self, history: History, spacing: float) -> None:
        self.spacing = spacing
        self.url = f"https://feeds.example/{quote(history.name)}"
        self.feed = Feed(url=self.url, title=history.name, format="rss")
        self.state: FeedState | None = None
        self.read = 0  # entries before this one were in the last document, or in none since

    def wait(self, look: Look) -> float:
        """See `looks.Rule.wait`."""
        now = Now(_at(look.time // MINUTE * MINUTE), _at(look.time))
        if self.state is None:
            self.state = decision.before_request(self._registered(now.minute), now)
        decided = self._decided(self.state, look, now)
        if decided is None or decided.outcome not in GOOD:
            raise RuntimeError(f"not what was to be measured: {decided}")
        if decided.state:
            self.moves += not (look.found or look.opening)
            self.state = self._kept(decided.state, look)
        turn = decision.next_turn(self.state, now.minute)
        if turn is None:
            raise RuntimeError("a feed is gone")
        return turn.timestamp() + INTO_THE_MINUTE - look.time

    def _registered(self, minute: datetime) -> FeedState:
        """As the registry writes a feed that is added."""
        feed_id = urls.feed_id(self.url)
        return FeedState(feed_id=feed_id, url=self.url, added=minute, slot=wheel.NEW, every=FIRST_INTERVAL)

    def _decided(self, state: FeedState, look: Look, now: Now) -> Decision | None:
        if look.found or look.opening:
            answer = self._answer(HTTPStatus.OK, look.last)
            parsed = self._parsed(look, known=bool(state.window))
            self.read = look.last
            return document.decide(state, answer, parsed, now, spacing=self.spacing)
        conditionally = conditional.may_answer_304(state, now.time)
        answer = self._answer(HTTPStatus.NOT_MODIFIED if conditionally else HTTPStatus.OK, look.last)
        return status.without_document(state, answer, now, spacing=self.spacing)

    def _answer(self, code: int, last: int) -> Answer:
        """The answer of a host whose document ends with the entry before `last`: its validator and body name that."""
        body = MemoryDocument(b"%d" % last)
        return Answer(code, {"etag": f'"{last}"'}, self.url, body, body.size, 0)

    def _parsed(self, look: Look, *, known: bool) -> Parsed:
        """The document of a look, newest item first; those of the last document are left out where they are `known`."""
        unread = max(look.first, self.read) if known else look.first
        newest = look.last - 1
        items = tuple(_item(look.history, at, newest - at) for at in range(newest, unread - 1, -1))
        kept = tuple(KnownItem(newest - at, at.to_bytes(HASH_BYTES)) for at in range(unread - 1, look.first - 1, -1))
        return Parsed(self.feed, items, kept=kept, head=HEAD)

    def _kept(self, state: FeedState, look: Look) -> FeedState:
        """What the next look begins with: all that was in the outbox is announced."""
        if state.outbox:
            state = state.replace(outbox=())
        most = (REMEMBERED + look.history.window) * seen.ENTRY_BYTES
        if len(state.seen) < 2 * most:
            return state
        return state.replace(seen=seen.shrunk(state.seen, most))


def _item(history: History, at: int, index: int) -> ParsedItem:
    """The entry `at` a place in the history, as the item of a document."""
    shown, title, link = history.shown[at], f"Entry {at}", f"https://feeds.example/{at}"
    published = None if shown is None else _at(shown)
    item = Item(title=title, link=link, guid=str(at), published=published)
    source = SourceFields(title, link, "", published.isoformat() if published else "", "", "", "", "")
    return ParsedItem(index, item, source, at.to_bytes(HASH_BYTES))
