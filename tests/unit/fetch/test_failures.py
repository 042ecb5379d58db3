import errno
import socket
import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http_exceptions import BadStatusLine, ContentLengthError, TransferEncodingError

from feedriver.errors import FetchCode
from feedriver.fetch.connections import ExcessError
from feedriver.fetch.failures import body_error, request_error
from feedriver.fetch.guard import RefusedAddressError

FEED = "https://paper.example/feed"
PLACE = ConnectionKey("paper.example", 443, True, True, None, None, None)


def connecting(cause):
    return aiohttp.ClientConnectorError(PLACE, cause)


def untrusted():
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return aiohttp.ClientConnectorCertificateError(PLACE, error)


def handshake(reason):
    error = ssl.SSLError(1, "alert")
    error.reason = reason
    return aiohttp.ClientConnectorSSLError(PLACE, error)


def caused(error, cause):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code", "detail"),
    [
        (ExcessError("too many interim answers"), FetchCode.PROTOCOL, "sends too many interim answers; it was not"),
        (connecting(RefusedAddressError("this is a loopback address")), FetchCode.BLOCKED_ADDRESS, "is not public"),
        (untrusted(), FetchCode.TLS, "is not valid: self-signed certificate"),
        (handshake("WRONG_VERSION_NUMBER"), FetchCode.TLS, "failed: wrong version number"),
        (handshake(None), FetchCode.TLS, "failed: unknown reason"),
        (connecting(ConnectionResetError(errno.ECONNRESET, "x")), FetchCode.TLS, "broke off the TLS handshake"),
        (
            aiohttp.ClientConnectorDNSError(PLACE, socket.gaierror(socket.EAI_NONAME, "x")),
            FetchCode.DNS,
            "does not resolve",
        ),
        (
            aiohttp.ClientConnectorDNSError(PLACE, socket.gaierror(socket.EAI_AGAIN, "x")),
            FetchCode.DNS,
            "could not be looked up just now",
        ),
        (connecting(OSError(errno.ECONNREFUSED, "x")), FetchCode.UNREACHABLE, "refuses connections on this port"),
        (connecting(OSError(errno.EHOSTUNREACH, "x")), FetchCode.UNREACHABLE, "there is no route to"),
        (connecting(OSError(errno.ETIMEDOUT, "x")), FetchCode.UNREACHABLE, "could not be reached"),
        (aiohttp.ServerDisconnectedError(), FetchCode.UNREACHABLE, "closed the connection without an answer"),
        (aiohttp.ClientOSError(errno.EPIPE, "x"), FetchCode.UNREACHABLE, "closed the connection without an answer"),
        (aiohttp.ServerDisconnectedError(object()), FetchCode.TRUNCATED, "in the middle of its headers"),
        (aiohttp.InvalidURL("http://x"), FetchCode.BAD_URL, "is no host name"),
        (UnicodeError("label too long"), FetchCode.BAD_URL, "is no host name"),
        (BadStatusLine("canary"), FetchCode.PROTOCOL, "is not valid HTTP"),
    ],
    ids=lambda value: getattr(value, "value", None) or type(value).__name__,
)
def test_what_goes_wrong_before_the_headers_has_a_code_and_says_what_to_check(error, code, detail):
    made = request_error(FEED, "paper.example", error, secure=True)
    assert (made.url, made.code) == (FEED, code)
    assert detail in made.detail
    assert "paper.example" in made.detail


def test_a_reset_before_the_answer_is_a_broken_handshake_only_where_there_is_a_handshake():
    reset = connecting(ConnectionResetError(errno.ECONNRESET, "x"))
    assert request_error(FEED, "paper.example", reset, secure=False).code is FetchCode.UNREACHABLE


@pytest.mark.parametrize("kind", [aiohttp.ClientOSError, ConnectionResetError, ConnectionAbortedError])
def test_a_connection_that_is_reset_after_the_handshake_is_no_fault_of_tls(kind):
    reset = kind(errno.ECONNRESET, "x")
    assert request_error(FEED, "paper.example", reset, secure=True).code is FetchCode.UNREACHABLE


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ExcessError("more trailers than an answer needs"), FetchCode.PROTOCOL),
        (caused(aiohttp.ClientPayloadError(), ContentLengthError("Not enough data to satisfy")), FetchCode.TRUNCATED),
        (caused(aiohttp.ClientPayloadError(), TransferEncodingError("Not enough data")), FetchCode.TRUNCATED),
        (caused(aiohttp.ClientPayloadError(), TransferEncodingError("bad chunk canary")), FetchCode.PROTOCOL),
        (aiohttp.ClientPayloadError("canary"), FetchCode.PROTOCOL),
        (aiohttp.ClientOSError(errno.ECONNRESET, "canary"), FetchCode.TRUNCATED),
        (ConnectionResetError(errno.ECONNRESET, "canary"), FetchCode.TRUNCATED),
    ],
    ids=lambda value: getattr(value, "value", None) or type(value).__name__,
)
def test_what_goes_wrong_within_the_body_is_truncated_where_the_connection_ended_and_else_no_http(error, code):
    assert body_error(FEED, "paper.example", error).code is code


@pytest.mark.parametrize("make", [request_error, body_error])
def test_what_the_host_sent_is_never_repeated(make):
    options = {"secure": True} if make is request_error else {}
    for error in (BadStatusLine("canary"), aiohttp.ClientPayloadError("canary"), TransferEncodingError("canary")):
        assert "canary" not in str(make(FEED, "paper.example", error, **options))
