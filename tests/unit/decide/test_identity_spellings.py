"""Entries that were known before addresses were written as they are sent: none of them is new, and none is updated.

`KNOWN` are the seen-sets that the version before (commit e8ea5f6) made of these very documents.
"""

from __future__ import annotations

import json

import pytest
from documents import answer, at, fresh

from feedriver.decide.document import decide
from feedriver.parse import parse

URL = "https://paper.example/rss"
# What publishers write into links, and is no address as it is sent.
ODD = [
    "https://paper.example/my post",
    "https://paper.example/日本/é?q=ü#ö",
    "https://paper.example/e\u0301",
    'https://paper.example/"quoted"',
    "https://paper.example/a|b{c}^`d`",
    "https://paper.example/\u202ebidi\x85",
    "https://bücher.example/",
    "HTTPS://Paper.Example:443/Upper",
    "https://ann@paper.example/userinfo",
    "https:\\\\paper.example\\back",
    "/relative path",
    "https://paper.example/two\n   lines",
    "https://paper.example/%C3%BC%zz",
    "https://paper.example/" + "日" * 300,
    "https://paper.example/plain?a=1&b=2",
]


def escaped(link: str) -> str:
    return link.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def rss(form: str) -> bytes:
    items = "".join(f"<item>{form.format(link=escaped(link), number=number)}</item>" for number, link in enumerate(ODD))
    return f'<rss version="2.0"><channel><title>The Paper</title>{items}</channel></rss>'.encode()


def json_feed(*keys: str) -> bytes:
    items = [{"title": f"Story {number}", **dict.fromkeys(keys, link)} for number, link in enumerate(ODD)]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "The Paper", "items": items}).encode()


DOCUMENTS = {
    "links": rss("<title>Story {number}</title><link>{link}</link>"),
    "guids and links": rss("<guid isPermaLink='false'>{number}</guid><title>Story</title><link>{link}</link>"),
    "guids that are links": rss("<guid>{link}</guid><title>Story {number}</title>"),
    "files": rss("<title>Story {number}</title><link>{link}</link><enclosure url='{link}' type='audio/mpeg'/>"),
    "links alone": rss("<link>{link}</link><description>Text {number}</description>"),
    "json": json_feed("url"),
    "json with ids": json_feed("id", "url", "image"),
}
KNOWN = {
    "links": (
        "01018176531dd1eb8176531dd1eb0490b2abb1feb1feb1feb1feb1feb1fe5d530001506169f88a5e6648e3147ab36648e3147ab36fe3"
        "a271b1feb1feb1feb1feb1feb1fe09420001506169f88a5e26cb451b7c8a26cb451b7c8aaa3413a1b1feb1feb1feb1feb1feb1fe6237"
        "0001506169f88a5e32d1407e829c32d1407e829c8081e6a0b1feb1feb1feb1feb1feb1fea8f80001506169f88a5e676e017adbb7676e"
        "017adbb7b6060e30b1feb1feb1feb1feb1feb1fe41580001506169f88a5e03ce60b2a05c03ce60b2a05ccd0e1aefb1feb1feb1feb1fe"
        "b1feb1feea500001506169f88a5e838bfa0ed9af838bfa0ed9af82198d46b1feb1feb1feb1feb1feb1fe74370001506169f88a5ef147"
        "d7bb0ed9f147d7bb0ed955867145b1feb1feb1feb1feb1feb1fe7d7d0001506169f88a5ebcb44fb3173dbcb44fb3173de055a9d7b1fe"
        "b1feb1feb1feb1feb1feaa920001506169f88a5e20af57509abd20af57509abd6fb118b8b1feb1feb1feb1feb1feb1fee4cf00015061"
        "69f88a5ee915532d0550e915532d0550cd1dafc8b1feb1feb1feb1feb1feb1fee1440001506169f88a5edd8ea42c9774dd8ea42c9774"
        "f4032a4ab1feb1feb1feb1feb1feb1fee7ff0001506169f88a5e5181850c56795181850c56797b612810b1feb1feb1feb1feb1feb1fe"
        "9e190001506169f88a5ef1098a021021f1098a0210215f2da40bb1feb1feb1feb1feb1feb1fe46750001506169f88a5e6f38dfd081c8"
        "6f38dfd081c8dc580d76b1feb1feb1feb1feb1feb1fe56e80001506169f88a5e"
    ),
    "guids and links": (
        "0101626048ce83e18176531dd1eb3465b2abb1feb1feb1feb1feb1feb1fe37a00001506169f88a5ef6e17daff7e86648e3147ab33465"
        "a271b1feb1feb1feb1feb1feb1feffdb0001506169f88a5ebf557e6e602726cb451b7c8a346513a1b1feb1feb1feb1feb1feb1fe215e"
        "0001506169f88a5ef9e846bb8d1c32d1407e829c3465e6a0b1feb1feb1feb1feb1feb1fea40c0001506169f88a5e0acfe676328c676e"
        "017adbb734650e30b1feb1feb1feb1feb1feb1fefda50001506169f88a5ec8980a5d393e03ce60b2a05c34651aefb1feb1feb1feb1fe"
        "b1feb1fe2ab50001506169f88a5ef1856776e744838bfa0ed9af34658d46b1feb1feb1feb1feb1feb1fe27810001506169f88a5e864a"
        "69438e60f147d7bb0ed934657145b1feb1feb1feb1feb1feb1feb82a0001506169f88a5eeffa1ca9238bbcb44fb3173d3465a9d7b1fe"
        "b1feb1feb1feb1feb1fe5c050001506169f88a5e8b325482493420af57509abd346518b8b1feb1feb1feb1feb1feb1fea68200015061"
        "69f88a5e3fdb48e3c183e915532d05503465afc8b1feb1feb1feb1feb1feb1fed6090001506169f88a5e9279578df7ffdd8ea42c9774"
        "34652a4ab1feb1feb1feb1feb1feb1fed92b0001506169f88a5e5e1904ce97805181850c567934652810b1feb1feb1feb1feb1feb1fe"
        "91030001506169f88a5ee7d5c7b68607f1098a0210213465a40bb1feb1feb1feb1feb1feb1fea8450001506169f88a5e2d9d7979843d"
        "6f38dfd081c834650d76b1feb1feb1feb1feb1feb1fe0ddf0001506169f88a5e"
    ),
    "guids that are links": (
        "01013eec8ddd9d408176531dd1eb0490b1feb1feb1feb1feb1feb1feb1fe5a7f0001506169f88a5e9996ab27c2516648e3147ab36fe3"
        "b1feb1feb1feb1feb1feb1feb1fe08860001506169f88a5ea0b33723c9ac26cb451b7c8aaa34b1feb1feb1feb1feb1feb1feb1fe967f"
        "0001506169f88a5ee378c64f24ff32d1407e829c8081b1feb1feb1feb1feb1feb1feb1fee3c50001506169f88a5ecace85ccb9d6676e"
        "017adbb7b606b1feb1feb1feb1feb1feb1feb1fe941e0001506169f88a5e9b103fbbbfa303ce60b2a05ccd0eb1feb1feb1feb1feb1fe"
        "b1feb1fea6940001506169f88a5ed98e8695bd04838bfa0ed9af8219b1feb1feb1feb1feb1feb1feb1fe3dee0001506169f88a5ecd8a"
        "1d84b697f147d7bb0ed95586b1feb1feb1feb1feb1feb1feb1fe8c090001506169f88a5e0d8dae3d30eebcb44fb3173de055b1feb1fe"
        "b1feb1feb1feb1feb1feda370001506169f88a5ef10f142dbf0e0000000000006fb1b1feb1feb1feb1feb1feb1feb1fee8d400015061"
        "69f88a5e4a07e22c0d45000000000000cd1db1feb1feb1feb1feb1feb1feb1feea4e0001506169f88a5ea2c4169b82acdd8ea42c9774"
        "f403b1feb1feb1feb1feb1feb1feb1fe8df50001506169f88a5ef768de33eb725181850c56797b61b1feb1feb1feb1feb1feb1feb1fe"
        "45830001506169f88a5ee1d44d4f5661f1098a0210215f2db1feb1feb1feb1feb1feb1feb1fedcf90001506169f88a5ea1b4c895cf45"
        "6f38dfd081c8dc58b1feb1feb1feb1feb1feb1feb1fed0d20001506169f88a5e"
    ),
    "files": (
        "01018176531dd1eb8176531dd1eb0490b2abb1feb1feb1feb1feb2abb1fe56c70001506169f88a5e6648e3147ab36648e3147ab36fe3"
        "a271b1feb1feb1feb1fea271b1fe28080001506169f88a5e26cb451b7c8a26cb451b7c8aaa3413a1b1feb1feb1feb1fe13a1b1fe2496"
        "0001506169f88a5e32d1407e829c32d1407e829c8081e6a0b1feb1feb1feb1fee6a0b1feb5f30001506169f88a5e676e017adbb7676e"
        "017adbb7b6060e30b1feb1feb1feb1fe0e30b1fe075a0001506169f88a5e03ce60b2a05c03ce60b2a05ccd0e1aefb1feb1feb1feb1fe"
        "1aefb1fe214e0001506169f88a5e838bfa0ed9af838bfa0ed9af82198d46b1feb1feb1feb1fe8d46b1fe85cc0001506169f88a5ef147"
        "d7bb0ed9f147d7bb0ed955867145b1feb1feb1feb1fe7145b1fe7af50001506169f88a5ebcb44fb3173dbcb44fb3173de055a9d7b1fe"
        "b1feb1feb1fea9d7b1fe1e770001506169f88a5e20af57509abd20af57509abd6fb118b8b1feb1feb1feb1fe18b8b1fefd9400015061"
        "69f88a5ee915532d0550e915532d0550cd1dafc8b1feb1feb1feb1feafc8b1fed9100001506169f88a5edd8ea42c9774dd8ea42c9774"
        "f4032a4ab1feb1feb1feb1fe2a4ab1fe005e0001506169f88a5e5181850c56795181850c56797b612810b1feb1feb1feb1fe2810b1fe"
        "a3130001506169f88a5ef1098a021021f1098a0210215f2da40bb1feb1feb1feb1fea40bb1fec5b40001506169f88a5e6f38dfd081c8"
        "6f38dfd081c8dc580d76b1feb1feb1feb1fe0d76b1fe96170001506169f88a5e"
    ),
    "links alone": (
        "01018176531dd1eb8176531dd1ebb1feb2abb1feb1fed64db1feb1feb1fe65df0001506169f88a5e6648e3147ab36648e3147ab3b1fe"
        "a271b1feb1feb804b1feb1feb1fe7be60001506169f88a5e26cb451b7c8a26cb451b7c8ab1fe13a1b1feb1fede8eb1feb1feb1feafbe"
        "0001506169f88a5e32d1407e829c32d1407e829cb1fee6a0b1feb1fe909ab1feb1feb1fe092f0001506169f88a5e676e017adbb7676e"
        "017adbb7b1fe0e30b1feb1fe80f0b1feb1feb1fe677e0001506169f88a5e03ce60b2a05c03ce60b2a05cb1fe1aefb1feb1fef173b1fe"
        "b1feb1fe64280001506169f88a5e838bfa0ed9af838bfa0ed9afb1fe8d46b1feb1fe7f65b1feb1feb1fe17420001506169f88a5ef147"
        "d7bb0ed9f147d7bb0ed9b1fe7145b1feb1fefc32b1feb1feb1fe22360001506169f88a5ebcb44fb3173dbcb44fb3173db1fea9d7b1fe"
        "b1fe36bab1feb1feb1fe95be0001506169f88a5e20af57509abd20af57509abdb1fe18b8b1feb1fe5a99b1feb1feb1feea8f00015061"
        "69f88a5ee915532d0550e915532d0550b1feafc8b1feb1feb91ab1feb1feb1fec1940001506169f88a5edd8ea42c9774dd8ea42c9774"
        "b1fe2a4ab1feb1fe824eb1feb1feb1fec00e0001506169f88a5e5181850c56795181850c5679b1fe2810b1feb1feff9eb1feb1feb1fe"
        "19670001506169f88a5ef1098a021021f1098a021021b1fea40bb1feb1fef901b1feb1feb1fecc920001506169f88a5e6f38dfd081c8"
        "6f38dfd081c8b1fe0d76b1feb1fef362b1feb1feb1fe96730001506169f88a5e"
    ),
    "json": (
        "01018176531dd1eb8176531dd1eb0490b2abb1feb1feb1feb1feb1feb1fe5d530001506169f88a5e6648e3147ab36648e3147ab36fe3"
        "a271b1feb1feb1feb1feb1feb1fe09420001506169f88a5e26cb451b7c8a26cb451b7c8aaa3413a1b1feb1feb1feb1feb1feb1fe6237"
        "0001506169f88a5e32d1407e829c32d1407e829c8081e6a0b1feb1feb1feb1feb1feb1fea8f80001506169f88a5e676e017adbb7676e"
        "017adbb7b6060e30b1feb1feb1feb1feb1feb1fe41580001506169f88a5e03ce60b2a05c03ce60b2a05ccd0e1aefb1feb1feb1feb1fe"
        "b1feb1feea500001506169f88a5e838bfa0ed9af838bfa0ed9af82198d46b1feb1feb1feb1feb1feb1fe74370001506169f88a5ef147"
        "d7bb0ed9f147d7bb0ed955867145b1feb1feb1feb1feb1feb1fe7d7d0001506169f88a5ebcb44fb3173dbcb44fb3173de055a9d7b1fe"
        "b1feb1feb1feb1feb1feaa920001506169f88a5e20af57509abd20af57509abd6fb118b8b1feb1feb1feb1feb1feb1fee4cf00015061"
        "69f88a5ee915532d0550e915532d0550cd1dafc8b1feb1feb1feb1feb1feb1fee1440001506169f88a5edd8ea42c9774dd8ea42c9774"
        "f4032a4ab1feb1feb1feb1feb1feb1fee7ff0001506169f88a5e5181850c56795181850c56797b612810b1feb1feb1feb1feb1feb1fe"
        "9e190001506169f88a5ef1098a021021f1098a0210215f2da40bb1feb1feb1feb1feb1feb1fe46750001506169f88a5e6f38dfd081c8"
        "6f38dfd081c8dc580d76b1feb1feb1feb1feb1feb1fe56e80001506169f88a5e"
    ),
    "json with ids": (
        "01013eec8ddd9d408176531dd1eb0490b2abb1feb1feb1feb1feb2abb1fe56c70001506169f88a5e9996ab27c2516648e3147ab36fe3"
        "a271b1feb1feb1feb1fea271b1fe28080001506169f88a5ea0b33723c9ac26cb451b7c8aaa3413a1b1feb1feb1feb1fe13a1b1fe2496"
        "0001506169f88a5ee378c64f24ff32d1407e829c8081e6a0b1feb1feb1feb1fee6a0b1feb5f30001506169f88a5ecace85ccb9d6676e"
        "017adbb7b6060e30b1feb1feb1feb1fe0e30b1fe075a0001506169f88a5e9b103fbbbfa303ce60b2a05ccd0e1aefb1feb1feb1feb1fe"
        "1aefb1fe214e0001506169f88a5ed98e8695bd04838bfa0ed9af82198d46b1feb1feb1feb1fe8d46b1fe85cc0001506169f88a5ecd8a"
        "1d84b697f147d7bb0ed955867145b1feb1feb1feb1fe7145b1fe7af50001506169f88a5e0d8dae3d30eebcb44fb3173de055a9d7b1fe"
        "b1feb1feb1fea9d7b1fe1e770001506169f88a5ef10f142dbf0e20af57509abd6fb118b8b1feb1feb1feb1fe18b8b1fefd9400015061"
        "69f88a5e4a07e22c0d45e915532d0550cd1dafc8b1feb1feb1feb1feafc8b1fed9100001506169f88a5ea2c4169b82acdd8ea42c9774"
        "f4032a4ab1feb1feb1feb1fe2a4ab1fe005e0001506169f88a5ef768de33eb725181850c56797b612810b1feb1feb1feb1fe2810b1fe"
        "a3130001506169f88a5ee1d44d4f5661f1098a0210215f2da40bb1feb1feb1feb1fea40bb1fec5b40001506169f88a5ea1b4c895cf45"
        "6f38dfd081c8dc580d76b1feb1feb1feb1fe0d76b1fe96170001506169f88a5e"
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_entry_whose_address_was_spelled_otherwise_is_neither_new_nor_updated(name):
    body, known = DOCUMENTS[name], bytes.fromhex(KNOWN[name])
    decision = decide(fresh(url=URL, seen=known), answer(body), parse(body, URL), at())
    assert (decision.new, decision.updated, decision.entries) == (0, 0, ())
    assert len(decision.state.seen) == len(known)


def test_the_seen_sets_of_before_tell_what_is_new():
    body, known = DOCUMENTS["links"], bytes.fromhex(KNOWN["links"])
    fewer = fresh(url=URL, seen=known[:-38])
    assert decide(fewer, answer(body), parse(body, URL), at()).new == 1
