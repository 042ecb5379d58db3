"""Reparse: read the documents that were kept with today's parser, and announce what it reads otherwise.

    for each feed, its revisions from the newest to the oldest
      objects    the newest version of each entry waits for its document
      document   parse; compare with what waits, publish what had been missed     pure, repair/correction.py
    stage, commit, announce: one new revision of the feed, under the guard of its rev

An entry is compared once, with the newest document that held the version which is stored; an older document says
nothing of it. Validators and the schedule are not touched, and nobody is asked for anything.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from feedriver import keys
from feedriver.decide.identity import keys_of
from feedriver.errors import CommitConflict, EdgeError, NoObjectError, ParseError, PassedOver, one_line
from feedriver.keys import EntriesKey, RawKey
from feedriver.models import Entry
from feedriver.parse.result import Parsed, Parser
from feedriver.poll.edges import Edges
from feedriver.poll.outbox import JSON_LINES, Outbox
from feedriver.poll.raw import UNSTATED
from feedriver.ports import Clock
from feedriver.repair import correction
from feedriver.repair.correction import Correction
from feedriver.repair.isolation import isolated
from feedriver.repair.objects import FeedObject, by_feed, entries_of
from feedriver.state import FeedState

MOST_DOCUMENT = 64 * 1024 * 1024  # bytes; `PollSettings.max_document` is 20 MB


@dataclass(slots=True)
class Reparsed:
    """What was read again, and what came of it.

    `compared` are entries; `fields` counts the fields that differed. `passed_over` are documents that could not be
    read, or that are one of several of their revision, each with why. `conflicts` are feeds that a poll committed
    meanwhile: run it again for these.
    """

    feeds: int = 0
    documents: int = 0
    compared: int = 0
    updated: int = 0
    published: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    passed_over: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


async def reparse(
    edges: Edges, parser: Parser, clock: Clock, since: datetime, feed_id: str | None = None, *, dry_run: bool = False
) -> Reparsed:
    """Read again what was kept since a time, of one feed or of all that are still there.

    With `dry_run` the differences are counted and nothing is written. Raises `EdgeError` where AWS fails; what was
    corrected by then stays so, and is no difference any more.
    """
    done = Reparsed()
    stored = by_feed(edges.store, ("entries", "raw"), since, clock(), feed_id)
    while found := await edges.call(next, stored, None):
        feed, objects = found
        passed: list[PassedOver] = []
        with isolated(passed, feed):
            for state in (await edges.call(edges.states.load, [feed], passed)).values():
                await _again(edges, parser, clock, state, objects, done, dry_run=dry_run)
        done.passed_over += [f"feed {each.feed_id}: {each.why}" for each in passed]
    return done


async def _again(  # noqa: PLR0917  # each argument has its own type
    edges: Edges,
    parser: Parser,
    clock: Clock,
    state: FeedState,
    objects: Sequence[FeedObject],
    done: Reparsed,
    *,
    dry_run: bool,
) -> None:
    """Read again what was kept of one feed."""
    done.feeds += 1
    if state.outbox and not dry_run:
        await Outbox(edges).announce(state)
        state = state.replace(outbox=())
    corrections = await _corrections(edges, parser, state, _own(state, objects), clock(), done)
    if not corrections:
        return
    if not dry_run and not await _commit(edges, state, corrections):
        done.conflicts.append(state.url)
        return
    done.published += sum(each.missed for each in corrections)
    done.updated += sum(not each.missed for each in corrections)
    done.fields.update(name for each in corrections for name in each.entry.changed)


def _own(state: FeedState, objects: Sequence[FeedObject]) -> list[FeedObject]:
    """What was kept since the feed was added: of what it was before it was taken out, its state knows nothing."""
    return [each for each in objects if each.modified >= state.added.replace(microsecond=0)]


async def _commit(edges: Edges, state: FeedState, corrections: Sequence[Correction]) -> bool:
    after = correction.corrected(state, corrections)
    await edges.call(edges.store.put, after.staged, after.lines, JSON_LINES)
    try:
        await edges.call(edges.states.commit, after.state)
    except CommitConflict:
        return False
    await Outbox(edges).announce(after.state, {after.staged: after.lines})
    return True


async def _corrections(  # noqa: PLR0917  # each argument has its own type
    edges: Edges, parser: Parser, state: FeedState, objects: Sequence[FeedObject], now: datetime, done: Reparsed
) -> list[Correction]:
    waiting: dict[bytes, Entry] = {}
    settled: set[bytes] = set()
    found: list[Correction] = []
    for _, same in groupby(reversed(objects), key=lambda each: each.rev):
        of_revision, own = list(same), dict[bytes, Entry]()
        for each in of_revision:
            if isinstance(keys.parse(each.key), EntriesKey):
                own |= correction.newest(state, await _stored(edges, each, done))
        waiting |= own
        raw = [each.key for each in of_revision if isinstance(keys.parse(each.key), RawKey)]
        if parsed := await _read(edges, parser, state, raw, done):
            settled |= {key for tombstone in parsed.deleted for key in keys_of(tombstone.ref)}
            corrections, compared = correction.compare(state, parsed, waiting, own, settled, now)
            found += corrections
            done.compared += len(compared)
            settled |= {each.remembered.key for each in corrections}
            waiting = {key: entry for key, entry in waiting.items() if key not in compared}
    return found


async def _stored(edges: Edges, stored: FeedObject, done: Reparsed) -> Sequence[Entry]:
    """The entries of an object; none of one that cannot be read, which is passed over."""
    passed: list[PassedOver] = []
    found: Sequence[Entry] | None = None
    with isolated(passed, stored.feed_id, stored.key):
        found = entries_of(await edges.call(edges.store.get, stored.key))
    why = passed[0].why if passed else "no object of entries"
    if found is None:
        done.passed_over.append(f"{stored.key}: {why}")
    return found or ()


async def _read(edges: Edges, parser: Parser, state: FeedState, raw: Sequence[str], done: Reparsed) -> Parsed | None:
    """The document of a revision. Of several, attempts of which one was committed, that whose hash the state knows."""
    known = state.validators
    if len(raw) > 1 and known and known.body_sha256:
        raw = [key for key in raw if _is_of(key, known.body_sha256)] or raw
    if len(raw) != 1:
        done.passed_over += [f"{key}: one of several attempts" for key in raw]
        return None
    (key,) = raw
    try:
        stored = await edges.call(edges.store.read, key)
        url = stored.url or (known.url if known else state.url)
        content_type = None if stored.content_type == UNSTATED else stored.content_type
        parsed = await parser.parse(_unpacked(stored.body), url, content_type)
    except ParseError as error:
        done.passed_over.append(f"{key}: {error.code}")
    except (OSError, EOFError, zlib.error):
        done.passed_over.append(f"{key}: not gzip")
    except EdgeError as error:
        if not isinstance(error, NoObjectError):
            raise
        done.passed_over.append(f"{key}: {error}")
    except Exception as error:  # noqa: BLE001  # a defect of ours costs this document alone, and is reported
        done.passed_over.append(f"{key}: {one_line(error)}")
    else:
        done.documents += 1
        return parsed
    return None


def _is_of(key: str, sha256: str) -> bool:
    """Whether it is the key of the document with this hash."""
    parsed = keys.parse(key)
    return isinstance(parsed, RawKey) and parsed.sha256 == sha256[:16]


def _unpacked(body: bytes) -> bytes:
    """A document that was kept; what unpacks to more than any has is none of ours."""
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
        document = packed.read(MOST_DOCUMENT + 1)
    if len(document) > MOST_DOCUMENT:
        raise OSError("a document has no more than that")
    return document
