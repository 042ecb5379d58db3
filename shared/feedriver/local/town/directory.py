"""The addresses of the town: what stands at each of them, and how it is served.

Between them they hold one feed of every format, and one of every kind of trouble that a poller meets.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from importlib import resources

from feedriver.local.town import gazette, office
from feedriver.local.town.answers import Document, Page

RSS = "application/rss+xml; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
RDF = "application/rdf+xml"
HTML = "text/html; charset=utf-8"

NEWS, TRADE, LEISURE, ABROAD, TROUBLE = "News", "Shops and services", "Leisure", "From away", "Out of order"


@cache
def _file(name: str, charset: str) -> bytes:
    page = resources.files("feedriver.local.town") / "pages" / name
    return page.read_text("utf-8").encode(charset)


def _page(name: str, day: int, *, month: int = 11, charset: str = "utf-8") -> Callable[[int], Document]:
    """A file of `pages/`, last changed at noon of that day of 2026."""
    modified = datetime(2026, month, day, 12, tzinfo=UTC)
    return lambda _edition: Document(_file(name, charset), modified)


def _gazette(edition: int) -> Document:
    return Document(gazette.document(edition), gazette.printed(edition))


@cache
def _office(_edition: int) -> Document:
    return Document(office.document(), office.LAST_FIND)


PAGES = (
    Page("/herald/feed", "Sallowford Herald: Just In", NEWS, RSS, _page("herald.rss", 20)),
    Page("/gazette.xml", "The Sallowford Gazette", NEWS, RSS, _gazette),
    Page("/council/notices.atom", "Sallowford Town Council", NEWS, ATOM, _page("council.atom", 19)),
    Page("/railway/notices.rss", "Wend Valley Light Railway", TRADE, "text/xml", _page("railway.rss", 16), etag=False),
    Page("/weir/log.rss", "The Weir Keeper's Log", NEWS, "text/xml", _page("weir.rss", 20), etag=False, dated=False),
    Page("/library/new.rdf", "Sallowford Public Library", LEISURE, RDF, _page("library.rdf", 18)),
    Page("/observatory/journal.xml", "Hilltop Observatory", LEISURE, ATOM, _page("observatory.xml", 17), dated=False),
    Page("/bakery/oven.json", "Crumb & Daughters", TRADE, "application/json", _page("bakery.json", 20)),
    Page("/radio/archive.json", "Radio Sallowford", LEISURE, "application/feed+json", _page("radio.json", 19)),
    Page("/podcast/ferry-hours.xml", "Ferry Hours", LEISURE, RSS, _page("podcast.rss", 18)),
    Page("/photos/reed-and-light.xml", "Reed and Light", LEISURE, RSS, _page("photos.rss", 15)),
    Page("/lost-property/ledger.xml", "Lost Property Office", TRADE, RSS, _office, coding="gzip"),
    Page("/marche/mercredi.atom", "Le marché du mercredi", ABROAD, ATOM, _page("market.atom", 18), coding="deflate"),
    Page(
        "/feuerwehr/einsaetze.rss",
        "Freiwillige Feuerwehr Unterweiden",
        ABROAD,
        "application/rss+xml; charset=iso-8859-1",
        _page("fire.rss", 14, charset="iso-8859-1"),
    ),
    Page(
        "/chaya/dayori.rdf",
        "川辺の茶屋だより",
        ABROAD,
        "text/xml; charset=Shift_JIS",
        _page("teahouse.rdf", 17, charset="shift_jis"),
    ),
    Page(
        "/samovar/chess.rss",
        "Шахматный клуб «Самовар»",
        ABROAD,
        "application/rss+xml; charset=windows-1251",
        _page("chess.rss", 16, charset="cp1251"),
    ),
    Page("/daffa/books.atom", "مكتبة الضفة", ABROAD, ATOM, _page("books.atom", 15)),
    Page("/almanac/ferryman.atom", "The Old Ferryman's Almanac", LEISURE, ATOM, _page("almanac.atom", 13), slow=True),
    Page(
        "/school/news.rss",
        "Sallowford School",
        NEWS,
        HTML,
        _page("elsewhere.html", 9),
        status=HTTPStatus.FOUND,
        location="/school/autumn-term.rss",
    ),
    Page("/school/autumn-term.rss", "Sallowford School", NEWS, RSS, _page("school.rss", 13), listed=False),
    Page(
        "/lido/rss.php",
        "Sallowford Lido",
        LEISURE,
        HTML,
        _page("elsewhere.html", 9),
        status=HTTPStatus.MOVED_PERMANENTLY,
        location="/lido/feed.atom",
    ),
    Page("/lido/feed.atom", "Sallowford Lido", LEISURE, ATOM, _page("lido.atom", 12), listed=False),
    Page("/players/season.rss", "The Sallowford Players", TROUBLE, RSS, _page("players.rss", 11)),
    Page("/visitors/", "Visit Sallowford", TROUBLE, HTML, _page("visitors.html", 10)),
    Page(
        "/regal/programme.rss",
        "The Regal Cinema",
        TROUBLE,
        HTML,
        _page("missing.html", 9),
        status=HTTPStatus.NOT_FOUND,
    ),
    Page("/mill/news.rss", "The Old Watermill", TROUBLE, HTML, _page("gone.html", 9), status=HTTPStatus.GONE),
)

NO_SUCH_STREET = Page(
    "", "No such street", TROUBLE, HTML, _page("missing.html", 9), status=HTTPStatus.NOT_FOUND, listed=False
)
