"""A witness of all that is done in a world, which tells what promise was broken, when, and by what.

It reads what AWS was told: objects, items, events. It knows nothing of how the pipeline works.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from functools import lru_cache

from fakes.states import FakeStates
from fakes.store import FakeStore, sha256_of

from explorer.publisher import Archive, Paper, Version, version_told
from feedriver.messaging import Announcement
from feedriver.state import FeedState

ENTRY = frozenset({"Entry Published", "Entry Updated"})
APART = frozenset({"Feed Gap Suspected", "Feed Identity Changed"})


@lru_cache(maxsize=4096)
def _lines(body: bytes) -> tuple[tuple[str, int, Version], ...]:
    """Entry id, revision and version of each line of an object."""
    entries = [json.loads(line) for line in body.splitlines()]
    return tuple((entry["id"], entry["revision"], version_told(entry["text"])) for entry in entries)


def _order(one: int, other: int) -> int:
    return (one > other) - (one < other)


class Consumers:
    """Two subscribers: one keeps the highest revision of each entry, one whatever came last."""

    def __init__(self) -> None:
        self.highest: dict[str, tuple[int, Version]] = {}
        self.last: dict[str, Version] = {}

    def receive(self, entry_id: str, revision: int, version: Version) -> None:
        self.last[entry_id] = version
        if entry_id not in self.highest or self.highest[entry_id][0] <= revision:
            self.highest[entry_id] = revision, version


class Witness:
    """What was seen in one world. `broken` are pairs of promise and detail, in order."""

    def __init__(self, store: FakeStore, states: FakeStates, archive: Archive) -> None:
        self.broken: list[tuple[str, str]] = []
        self.figures: Counter[str] = Counter()
        self.consumers = Consumers()
        self.ids: dict[str, str] = {}  # the entry id that each story came by
        self._store, self._states, self._archive = store, states, archive
        self._details: dict[str, Announcement] = {}
        self._ids: dict[tuple[str, int], str] = {}
        self._deliveries: list[tuple[str, int, Version]] = []
        self._told: set[Version] = set()
        self._pointed: dict[str, bytes] = {}
        self._committed_keys: dict[str, tuple[tuple[str, int, Version], ...]] = {}
        self._stored: defaultdict[str, set[Version]] = defaultdict(set)
        self._documents: defaultdict[str, set[Version]] = defaultdict(set)
        self._gaps: Counter[str] = Counter()
        self._gaps_told: Counter[str] = Counter()
        self.churning: set[str] = set()  # names of papers some of whose guids were made anew: these are new entries
        self._held: defaultdict[str, set[Version]] = defaultdict(set)
        self._floods_told: set[str] = set()
        self._left_out: set[str] = set()
        self._left_out_told: set[str] = set()

    def breaks(self, promise: str, detail: str) -> None:
        self.broken.append((promise, detail))

    def committed(self, state: FeedState) -> None:
        """A state was written: its validators may be those of a document all of whose entries are committed only."""
        for pending in state.outbox:
            if pending.key and pending.key not in self._committed_keys:
                body = self._store.objects.get(pending.staged or pending.key)
                if body is None:
                    self.breaks("dangling pointer", f"the state names {pending.staged}, and there is nothing")
                    continue
                self._committed_keys[pending.key] = _lines(body)
                self._stored[state.feed_id].update(version for *_, version in _lines(body))
                if pending.key.startswith("held/"):
                    self._held[state.feed_id].update(version for *_, version in _lines(body))
        known = state.validators
        document = self._archive.find(known.etag, known.body_sha256) if known else None
        if document is None:
            return
        if state.flood and state.flood.left_out:
            self._left_out.add(state.feed_id)
        elif ahead := set(document) - self._stored[state.feed_id]:
            self.breaks("validators ahead", f"revision {state.rev} without {sorted(ahead)}")
        before = {version.name for version in self._documents[state.feed_id]}
        if before and document and not before & {version.name for version in document}:
            self._gaps[state.feed_id] += 1
        self._documents[state.feed_id].update(document)

    def sent(self, announcement: Announcement) -> None:
        """An event went out."""
        detail = json.loads(announcement.detail)
        event_id = detail["metadata"]["event_id"]
        self.figures["events"] += 1
        if event_id in self._details:
            self.figures["repeats"] += 1
            if self._details[event_id] != announcement:
                self.breaks("not the same to the letter", f"{announcement.detail_type} {event_id}")
        elif announcement.detail_type == "Feed Flooding":
            self._floods_told.add(detail["data"]["feed_id"])
        elif announcement.detail_type in APART and detail["data"]["count"]:
            self._left_out_told.add(detail["data"]["feed_id"])
        elif announcement.detail_type in APART:
            self._gaps_told[detail["data"]["feed_id"]] += 1
        first = event_id not in self._details
        self._details[event_id] = announcement
        if announcement.detail_type in ENTRY:
            self._entry(announcement, event_id, detail["data"], first=first)

    def _entry(self, announcement: Announcement, event_id: str, data: dict, *, first: bool) -> None:
        entry, pointer = data["entry"], data["object"]
        entry_id, revision, version = entry["id"], entry["revision"], version_told(entry["text"])
        if self._ids.setdefault((entry_id, revision), event_id) != event_id:
            self.breaks("not the same to the letter", f"two event ids for revision {revision} of {version.name}")
        body = self._store.objects.get(pointer["key"], b"")
        if sha256_of(body[pointer["offset"] : pointer["offset"] + pointer["length"]]) != pointer["sha256"]:
            self.breaks("dangling pointer", f"{version} points to {pointer['key']}, where it is not")
        self._pointed.setdefault(pointer["key"], body)
        if first and announcement.detail_type == "Entry Published" and revision > 1:
            self.breaks("announced twice as new", f"{version} is published in revision {revision}")
        if version.name.partition("-")[0] not in self.churning:
            self._as_before(entry_id, revision, version, first=first)
        self._told.add(version)
        self._deliveries.append((entry_id, revision, version))
        self.consumers.receive(entry_id, revision, version)

    def _as_before(self, entry_id: str, revision: int, version: Version, *, first: bool) -> None:
        """A story is one entry, whose revisions are in the order of its versions."""
        if self.ids.setdefault(version.name, entry_id) != entry_id:
            self.breaks("announced twice as new", f"{version.name} came under two entry ids")
        if first and version in self._told and revision > 1:
            self.breaks("announced twice as new", f"{version} came in two revisions")
        highest = self.consumers.highest.get(entry_id)
        if highest and _order(revision, highest[0]) != _order(version.number, highest[1].number):
            self.breaks("revisions out of order", f"{version} is revision {revision}, after {highest}")

    def look(self) -> None:
        """What holds at any time: what was pointed to is there, in the same bytes; all that is stored is committed."""
        for key, body in self._pointed.items():
            if self._store.objects.get(key) != body:
                self.breaks("object written anew", key)
        if strangers := set(self._store.under("entries/")) - set(self._committed_keys):
            self.breaks("not committed under entries/", str(sorted(strangers)))

    def close(self, papers: dict[str, Paper]) -> None:
        """What holds when the world was well for a while. `papers` by feed id."""
        self.look()
        late = self._anyhow()
        for feed_id, paper in papers.items():
            owed = self._documents[feed_id] | self._held[feed_id] | set(paper.versions)
            lost = owed - self._told
            if lost and feed_id not in self._left_out_told:
                self.breaks("lost", str(sorted(lost)))
            self._told_of_numbers(feed_id, paper.name)
            if self._states.items[feed_id].outbox:
                self.breaks("outbox not empty", paper.name)
            if paper.name in self.churning:
                continue
            if self._gaps[feed_id] != self._gaps_told[feed_id]:
                told = f"{self._gaps[feed_id]} documents overlapped with none before, told {self._gaps_told[feed_id]}"
                self.breaks("gap not told", told)
            for version in set(paper.versions) - lost:
                self._converged(version, self.consumers)
                self._converged(version, late)
        stored = {key for key in self._committed_keys if key.startswith("entries/")}
        missing = stored - set(self._store.under("entries/"))
        if missing:
            self.breaks("lost", f"committed and not stored: {sorted(missing)}")
        lines = Counter(line for key in self._store.under("entries/") for line in _lines(self._store.objects[key]))
        if twice := [line for line, count in lines.items() if count > 1]:
            self.breaks("stored twice", str(twice))
        self.figures["left staged"] += len(self._store.under("staging/"))

    def _told_of_numbers(self, feed_id: str, name: str) -> None:
        if self._held[feed_id] and feed_id not in self._floods_told:
            self.breaks("flood not told", name)
        if feed_id in self._left_out - self._left_out_told:
            self.breaks("gap not told", f"{name} holds more than can be remembered")

    def _converged(self, version: Version, got: Consumers) -> None:
        entry_id = self.ids.get(version.name, "")
        if got.highest.get(entry_id, (0, None))[1] != version:
            self.breaks("highest revision is not the last version", str(version))
        if got.last.get(entry_id) != version:
            self.figures["last writer went stale"] += 1

    def _anyhow(self) -> Consumers:
        """Subscribers to whom the bus delivers what it took in another order: it promises none."""
        late = Consumers()
        deliveries = list(self._deliveries)
        random.Random(len(deliveries)).shuffle(deliveries)
        for delivery in deliveries:
            late.receive(*delivery)
        return late
