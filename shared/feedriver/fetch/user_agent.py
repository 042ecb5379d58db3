"""The User-Agent header: what feedriver is, and where to reach whoever runs it (RFC 9110 §10.1.5)."""

from __future__ import annotations

from feedriver import __version__

PRODUCT = f"feedriver/{__version__}"


def user_agent(contact: str) -> str:
    """The value of the header; `contact` is a URL or an address, "" where there is none."""
    return f"{PRODUCT} (+{contact})" if contact else PRODUCT
