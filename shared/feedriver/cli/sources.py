"""What a user may name as sources: feed addresses and OPML files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from feedriver import credentials, opml, urls
from feedriver.cli.output import complain
from feedriver.errors import InputError
from feedriver.registry import Registry, Subscription


def addresses(source: str) -> Iterator[str]:
    """The feed addresses that one source names, or `InputError` where it is neither an address nor an OPML file."""
    path = Path(source)
    if "://" in source or source[:5].lower() == "feed:":
        yield source
    elif path.is_file():
        yield from (outline.url for outline in opml.read(_bytes(path), source))
    elif urls.split(source) and ":" in source:
        yield source  # file:, data: and their like: refused by name where it is registered
    else:
        raise InputError(f"{urls.redact(source)}: neither a feed's address (http://…) nor an OPML file that is there")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None


def register_all(
    registry: Registry, sources: Iterable[str], now: datetime, *, new_only: bool = False
) -> tuple[list[str], int]:
    """Register what can be, complain of the rest, a line each; gives the addresses in order, and how many were bad.

    The addresses are without credentials. `new_only` as in `Subscription`.
    """
    known, bad = [], 0
    for source in sources:
        try:
            found = list(addresses(source))
        except InputError as error:
            complain(str(error))
            bad += 1
            continue
        for url in found:
            try:
                wanted = Subscription(url, new_only=new_only)
                registry.add(wanted, now)
                known.append(wanted.address.url)
                if warning := credentials.key_warning(url):
                    complain(warning)
            except InputError as error:
                complain(str(error))
                bad += 1
    return known, bad
