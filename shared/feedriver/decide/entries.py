"""From the items of a document to entries: one item an entry, what is stored of it, what a first document brings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from feedriver.decide import seen
from feedriver.decide.fingerprint import content_hash
from feedriver.decide.identity import Identity, Sighting
from feedriver.decide.version import Version, is_volatile
from feedriver.models import Entry, Rejected, Source
from feedriver.parse.result import ParsedItem
from feedriver.state import FeedState

T = TypeVar("T")
Identified = tuple[Sighting, Identity]


def newest_of_each(
    sightings: Sequence[Sighting], identities: Sequence[Identity], rejected: list[Rejected]
) -> list[Identified]:
    """One item an entry: of several the one updated last, else the first; the others are added to `rejected`."""
    newest: dict[bytes, Identified] = {}
    for sighting, identity in zip(sightings, identities, strict=True):
        standing = newest.get(identity.key)
        if standing is None:
            newest[identity.key] = (sighting, identity)
            continue
        left = sighting
        if _updated(sighting) > _updated(standing[0]):
            newest[identity.key], left = (sighting, identity), standing[0]
        detail = f"the same {identity.rung} as another item"
        rejected.append(Rejected(index=left.index, reason="duplicate", detail=detail))
    return sorted(newest.values(), key=lambda pair: pair[0].index)


def _updated(sighting: Sighting) -> float:
    time = sighting.updated or sighting.published
    return time.timestamp() if time else float("-inf")


def entry(  # noqa: PLR0917  # each argument has its own type
    feed_id: str, source: Source, item: ParsedItem, identity: Identity, version: Version, now: datetime
) -> Entry:
    """The version of an entry that is stored and announced. A date after `now` is clamped to `first_seen`."""
    revision, first_seen = version.remembered.revision, version.remembered.first_seen
    fields: dict[str, Any] = {name: getattr(item.item, name) for name in type(item.item).model_fields}
    ahead = {name: first_seen for name in ("published", "updated") if fields[name] and fields[name] > now}
    marks = [mark for mark, given in (("future", ahead), ("volatile", is_volatile(revision))) if given]
    return Entry(
        id=seen.entry_id(feed_id, identity.key),
        revision=revision,
        identified_by=identity.rung,
        changed=version.changed,
        content_hash=content_hash(item.source),
        feed=source,
        first_seen=first_seen,
        seen=now.replace(microsecond=0),
        **fields | ahead | {"marks": (*item.item.marks, *marks)},
    )


def announced(state: FeedState, entries: Sequence[T]) -> tuple[list[T], str]:
    """Which of the new entries of a document are announced, and what a poll's report says of the others.

    Where the subscriber asked for new entries only (`new_only`), the entries of the first document that can be read are
    remembered as seen and not announced. From the second document on there is no difference. A document without
    entries may be the first: an empty seen-set differs from one that was never packed.
    """
    if state.new_only and not state.seen:
        return [], f"{len(entries)} entries of the first document marked as seen, as asked"
    return list(entries), ""
