"""The failures of a request: aiohttp's exceptions become `FetchError`.

The detail is for the person who reads the list of feeds. It says what happened and what to check. It never holds what
the host sent, which may be anything.
"""

from __future__ import annotations

import errno
import socket
import ssl

import aiohttp
from aiohttp.http_exceptions import ContentLengthError, TransferEncodingError

from feedriver.errors import FetchCode, FetchError
from feedriver.fetch.connections import ExcessError
from feedriver.fetch.guard import RefusedAddressError

CONNECTION_CLOSED = (errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE)
NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL)


def request_error(feed: str, host: str, error: Exception, *, secure: bool) -> FetchError:
    """The `FetchError` for `error`, raised before the headers of an answer from `host` were read."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    match cause:
        case ExcessError():
            code, detail = FetchCode.PROTOCOL, _excess(host, cause)
        case RefusedAddressError():
            code, detail = FetchCode.BLOCKED_ADDRESS, f"{host} is not public: {cause}; only public hosts are read"
        case ssl.SSLError():
            code, detail = FetchCode.TLS, _tls(host, cause)
        case _ if isinstance(error, aiohttp.ClientConnectorDNSError):
            code, detail = FetchCode.DNS, _dns(host, cause)
        case ConnectionResetError() | ConnectionAbortedError() if secure and cause is not error:
            code, detail = FetchCode.TLS, f"{host} broke off the TLS handshake; check that it serves https here"
        case aiohttp.ServerDisconnectedError() if not isinstance(cause.message, str):
            code, detail = FetchCode.TRUNCATED, f"{host} closed the connection in the middle of its headers; try again"
        case aiohttp.InvalidURL() | UnicodeError():
            code, detail = FetchCode.BAD_URL, f"{host} is no host name or address as the Internet writes them"
        case OSError() | aiohttp.ClientConnectionError():
            code, detail = FetchCode.UNREACHABLE, _unreachable(host, cause)
        case _:
            code, detail = (
                FetchCode.PROTOCOL,
                f"what {host} answered is not valid HTTP, or has too many headers; check the URL",
            )
    return FetchError(feed, code, detail)


def body_error(feed: str, host: str, error: Exception) -> FetchError:
    """The `FetchError` for `error`, raised while the body of an answer from `host` was read."""
    if isinstance(error, ExcessError):
        return FetchError(feed, FetchCode.PROTOCOL, _excess(host, error))
    cause = error.__cause__
    cut = isinstance(cause, ContentLengthError | TransferEncodingError) and "Not enough data" in str(cause)
    if cut or not isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientResponseError):
        return FetchError(
            feed, FetchCode.TRUNCATED, f"{host} closed the connection before the end of its answer; try again"
        )
    return FetchError(feed, FetchCode.PROTOCOL, f"the body that {host} sent is not valid HTTP")


def _excess(host: str, error: ExcessError) -> str:
    return f"{host} sends {error}; it was not read to its end"


def _dns(host: str, cause: BaseException) -> str:
    if isinstance(cause, OSError) and cause.errno == socket.EAI_AGAIN:
        return f"the name {host} could not be looked up just now; try again"
    return f"the name {host} does not resolve; check the spelling, or whether the site is still there"


def _tls(host: str, cause: ssl.SSLError) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {host} is not valid: {cause.verify_message}"
    reason = (cause.reason or "unknown reason").lower().replace("_", " ")
    return f"the TLS handshake with {host} failed: {reason}; check that it serves https here"


def _unreachable(host: str, cause: BaseException) -> str:
    number = cause.errno if isinstance(cause, OSError) else None
    if number == errno.ECONNREFUSED:
        return f"{host} refuses connections on this port; check the URL, or whether the site is down"
    if number in CONNECTION_CLOSED or isinstance(cause, aiohttp.ServerDisconnectedError):
        return f"{host} closed the connection without an answer; try again, or check whether the site is down"
    if number in NO_ROUTE:
        return f"there is no route to {host}; check the network, or whether the site is down"
    return f"{host} could not be reached; check whether the site is down"
