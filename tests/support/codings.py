"""The content codings of HTTP, as hosts write them, and a text to be coded."""

from __future__ import annotations

import gzip
import random
import sys
import zlib

import brotli
import pytest

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"<rss>" + bytes(random.Random(1).choices(b"abcdefgh <>/", k=200_000)) + b"</rss>"


def raw_deflate(data):
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=5),
    "zstd": zstd.compress,
}
CODERS = [*CODINGS.items(), ("deflate", raw_deflate), ("x-gzip", gzip.compress), (" GZIP ", gzip.compress)]
CODERS.append(("identity", bytes))
EVERY_CODER = pytest.mark.parametrize(("coding", "code"), CODERS, ids=lambda value: str(value)[:20])
EVERY_CODING = pytest.mark.parametrize(("coding", "code"), CODINGS.items(), ids=CODINGS)
