"""What repair passes over: a feed, object or state item that raises is named and counted, and the rest is gone on with.

What was stored outlives the code that wrote it, and people edit it: whatever reads it back takes it for foreign. AWS
itself failing is nobody's fault among them, and ends the work with its `EdgeError`; an object that AWS refuses by its
key is that object's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from feedriver.errors import EdgeError, NoObjectError, told
from feedriver.ports import PassedOver


@contextmanager
def passing_over(passed: list[PassedOver], feed_id: str, key: str | None = None) -> Iterator[None]:
    """What is raised inside befalls this feed, or this object of it, alone: it is added to `passed`.

    Raises `EdgeError` where AWS fails in what is not about one object.
    """
    try:
        yield
    except NoObjectError as error:
        passed.append(PassedOver(feed_id, key, told(error)))
    except EdgeError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, a defect of ours included, it is told and counted
        passed.append(PassedOver(feed_id, key, told(error)))
