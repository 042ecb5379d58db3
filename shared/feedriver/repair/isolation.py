"""Failure isolation of repair: a feed, object or state item that raises is recorded, and the rest goes on.

What was stored outlives the code that wrote it, and people edit it: so whatever reads it back may raise. Where AWS
itself fails, the work ends with its `EdgeError`. Where AWS refuses one object by its key, that object is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from feedriver.errors import EdgeError, NoObjectError, PassedOver, one_line


@contextmanager
def isolated(passed: list[PassedOver], feed_id: str, key: str | None = None) -> Iterator[None]:
    """Add what is raised inside to `passed`, as a failure of this feed, or of this object of it, alone.

    Raises `EdgeError` where AWS fails in what is not about one object.
    """
    try:
        yield
    except NoObjectError as error:
        passed.append(PassedOver(feed_id, key, one_line(error)))
    except EdgeError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, a defect of ours included, it is recorded and counted
        passed.append(PassedOver(feed_id, key, one_line(error)))
