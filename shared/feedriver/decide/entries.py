"""From the items of a document to entries: one item an entry, and what is stored of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from feedriver.decide import identity, seen, volatile
from feedriver.decide.fingerprint import content_hash
from feedriver.decide.version import Version
from feedriver.models import Entry, Rejected, Source
from feedriver.parse.result import ParsedItem

Found = tuple[identity.Sighting, identity.Identity]


def newest_of_each(
    sightings: Sequence[identity.Sighting], identities: Sequence[identity.Identity], rejected: list[Rejected]
) -> list[Found]:
    """One item an entry: of several the one updated last, else the first; the others are rejected by name."""
    newest: dict[bytes, Found] = {}
    for sighting, who in zip(sightings, identities, strict=True):
        standing = newest.get(who.key)
        if standing is None:
            newest[who.key] = (sighting, who)
            continue
        left = sighting
        if _updated(sighting) > _updated(standing[0]):
            newest[who.key], left = (sighting, who), standing[0]
        detail = f"the same {who.rung} as another item"
        rejected.append(Rejected(index=left.index, reason="duplicate", detail=detail))
    return sorted(newest.values(), key=lambda pair: pair[0].index)


def _updated(sighting: identity.Sighting) -> float:
    time = sighting.updated or sighting.published
    return time.timestamp() if time else float("-inf")


def entry(  # noqa: PLR0917  # one caller, and each argument has its own type
    feed_id: str, source: Source, item: ParsedItem, who: identity.Identity, judged: Version, now: datetime
) -> Entry:
    """The version of an entry that is stored and announced. A date after `now` is clamped to `first_seen`."""
    revision, first_seen = judged.remembered.revision, judged.remembered.first_seen
    said: dict[str, Any] = {name: getattr(item.item, name) for name in type(item.item).model_fields}
    ahead = {name: first_seen for name in ("published", "updated") if said[name] and said[name] > now}
    marks = [mark for mark, given in (("future", ahead), ("volatile", volatile.marked(revision))) if given]
    return Entry(
        id=seen.entry_id(feed_id, who.key),
        revision=revision,
        identified_by=who.rung,
        changed=judged.changed,
        content_hash=content_hash(item.source),
        feed=source,
        first_seen=first_seen,
        seen=now.replace(microsecond=0),
        **said | ahead | {"marks": (*item.item.marks, *marks)},
    )
