"""The sample town: each address answers as the directory promises, and the Gazette prints between runs."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest

from feedriver import opml
from feedriver.errors import LocalStackError
from feedriver.local.town import Town, gazette, memory, server
from feedriver.local.town.__main__ import main
from feedriver.local.town.answers import accepts
from feedriver.local.town.directory import PAGES

SHARED = Path(server.__file__).parents[3]

# path: format as feedparser names it, entries
GOOD_XML = {
    "/herald/feed": ("rss20", 6),
    "/gazette.xml": ("rss20", 6),
    "/council/notices.atom": ("atom10", 4),
    "/railway/notices.rss": ("rss091n", 4),
    "/weir/log.rss": ("rss092", 5),
    "/library/new.rdf": ("rss10", 4),
    "/observatory/journal.xml": ("atom03", 3),
    "/podcast/ferry-hours.xml": ("rss20", 4),
    "/photos/reed-and-light.xml": ("rss20", 4),
    "/lost-property/ledger.xml": ("rss20", 300),
    "/marche/mercredi.atom": ("atom10", 3),
    "/feuerwehr/einsaetze.rss": ("rss20", 3),
    "/chaya/dayori.rdf": ("rss10", 3),
    "/samovar/chess.rss": ("rss20", 3),
    "/daffa/books.atom": ("atom10", 3),
    "/almanac/ferryman.atom": ("atom10", 3),
    "/school/autumn-term.rss": ("rss20", 3),
    "/lido/feed.atom": ("atom10", 2),
}
GOOD_JSON = {
    "/bakery/oven.json": ("https://jsonfeed.org/version/1", 4),
    "/radio/archive.json": ("https://jsonfeed.org/version/1.1", 4),
}
TROUBLE = {
    "/school/news.rss": 302,
    "/lido/rss.php": 301,
    "/players/season.rss": 200,
    "/visitors/": 200,
    "/regal/programme.rss": 404,
    "/mill/news.rss": 410,
}


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with Town(memory=None, slow=0) as town:
        yield town


def get(town: Town, path: str, method: str = "GET", **asked: str) -> tuple[int, dict[str, str], bytes]:
    """One request; header names are given with underscores and come back in lower case."""
    connection = http.client.HTTPConnection(urlsplit(town.base_url).netloc, timeout=120)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in asked.items()})
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def stories(town: Town) -> dict[str, str]:
    """The Gazette on sale: guid to text, in its order."""
    _, _, body = get(town, "/gazette.xml")
    return {entry.id: entry.content[0].value for entry in feedparser.parse(io.BytesIO(body)).entries}


def test_the_town_has_a_feed_of_each_kind_and_lists_them_all(town: Town):
    listed = [page.path for page in PAGES if page.listed]
    assert town.feeds == tuple(town.base_url + path for path in listed)
    assert len(listed) == 24
    assert {page.path for page in PAGES} == {*GOOD_XML, *GOOD_JSON, *TROUBLE}


@pytest.mark.parametrize("path", GOOD_XML)
def test_a_good_xml_feed_is_well_formed_and_whole(town: Town, path: str):
    status, headers, body = get(town, path)
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": headers["content-type"], "content-location": town.base_url + path},
    )
    assert status == 200
    assert not parsed.bozo, parsed.bozo_exception
    assert (parsed.version, len(parsed.entries)) == GOOD_XML[path]
    assert all(entry.title and entry.link.startswith("https://") for entry in parsed.entries)
    keys = [entry.get("id") or entry.link for entry in parsed.entries]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("path", GOOD_JSON)
def test_a_json_feed_is_valid_json_of_its_version(town: Town, path: str):
    status, headers, body = get(town, path)
    feed = json.loads(body)
    assert status == 200
    assert "json" in headers["content-type"]
    assert (feed["version"], len(feed["items"])) == GOOD_JSON[path]


@pytest.mark.parametrize(
    ("path", "charset", "title"),
    [
        ("/chaya/dayori.rdf", "shift_jis", "川辺の茶屋だより"),
        ("/samovar/chess.rss", "windows-1251", "Шахматный клуб «Самовар»"),
        ("/feuerwehr/einsaetze.rss", "iso-8859-1", "Freiwillige Feuerwehr Unterweiden: Einsätze"),
    ],
)
def test_a_feed_in_an_old_charset_declares_the_one_that_it_is_in(town: Town, path: str, charset: str, title: str):
    _, headers, body = get(town, path)
    assert headers["content-type"].lower().endswith(f"charset={charset}")
    assert f'encoding="{charset}"' in body[:60].decode("ascii").lower()
    assert title in body.decode(charset)


def test_the_herald_is_a_news_feed_with_full_texts(town: Town):
    feed = feedparser.parse(io.BytesIO(get(town, "/herald/feed")[2]))
    assert feed.feed.image.href.endswith("-32x32.png")
    for entry in feed.entries:
        assert entry.published.endswith("+0000")
        assert entry.author
        assert entry.content[0].value.count("<p>") >= 5


def test_the_podcast_has_enclosures_and_durations(town: Town):
    feed = feedparser.parse(io.BytesIO(get(town, "/podcast/ferry-hours.xml")[2]))
    assert [entry.itunes_duration for entry in feed.entries] == ["25:07", "12:18", "796", "1:09:02"]
    assert all(entry.enclosures[0].type.startswith("audio/") for entry in feed.entries)


def test_the_big_feed_is_a_few_hundred_kilobytes_of_different_items(town: Town):
    _, _, body = get(town, "/lost-property/ledger.xml")
    assert 200_000 < len(body) < 800_000
    finds = {entry.summary for entry in feedparser.parse(io.BytesIO(body)).entries}
    assert len(finds) == 300


@pytest.mark.parametrize("path", TROUBLE)
def test_trouble_is_answered_with_its_status(town: Town, path: str):
    assert get(town, path)[0] == TROUBLE[path]


def test_an_unknown_street_is_not_found_and_a_query_changes_nothing(town: Town):
    assert get(town, "/nowhere")[0] == 404
    assert get(town, "/herald/feed?utm_source=goose")[2] == get(town, "/herald/feed")[2]


@pytest.mark.parametrize(
    ("path", "target"), [("/school/news.rss", "/school/autumn-term.rss"), ("/lido/rss.php", "/lido/feed.atom")]
)
def test_a_redirect_leads_to_a_feed_that_is_not_listed_itself(town: Town, path: str, target: str):
    assert get(town, path)[1]["location"] == target
    assert get(town, target)[0] == 200
    assert town.base_url + target not in town.feeds


def test_the_html_page_advertises_feeds_of_the_town(town: Town):
    _, headers, body = get(town, "/visitors/")
    assert headers["content-type"].startswith("text/html")
    assert (
        b'<link rel="alternate" type="application/rss+xml" title="The Sallowford Gazette" href="/gazette.xml">' in body
    )


def test_the_malformed_one_breaks_off_in_the_middle_of_an_item(town: Town):
    _, headers, body = get(town, "/players/season.rss")
    assert int(headers["content-length"]) == len(body)
    assert body.count(b"<item>") == body.count(b"</item>") + 1
    assert feedparser.parse(io.BytesIO(body)).bozo


@pytest.mark.parametrize("path", [page.path for page in PAGES if page.etag and page.status == 200])
def test_a_matching_etag_gives_304_without_a_body(town: Town, path: str):
    _, headers, _ = get(town, path)
    status, again, body = get(town, path, If_None_Match=headers["etag"])
    assert (status, body) == (304, b"")
    assert again["etag"] == headers["etag"]
    assert not headers["etag"].startswith("W/")


@pytest.mark.parametrize("path", [page.path for page in PAGES if page.dated and page.status == 200])
def test_an_unchanged_date_gives_304_without_a_body(town: Town, path: str):
    _, headers, _ = get(town, path)
    assert get(town, path, If_Modified_Since=headers["last-modified"])[::2] == (304, b"")


@pytest.mark.parametrize(
    ("path", "validators"),
    [
        ("/herald/feed", {"etag", "last-modified"}),
        ("/railway/notices.rss", {"last-modified"}),
        ("/observatory/journal.xml", {"etag"}),
        ("/weir/log.rss", set()),
    ],
)
def test_a_feed_may_lack_the_one_validator_the_other_or_both(town: Town, path: str, validators: set[str]):
    _, headers, _ = get(town, path)
    assert {"etag", "last-modified"} & set(headers) == validators


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/herald/feed", {"If_None_Match": '"other", W/{etag}'}, 304),
        ("/herald/feed", {"If_None_Match": "*"}, 304),
        ("/herald/feed", {"If_None_Match": '"other"', "If_Modified_Since": "{date}"}, 200),
        ("/herald/feed", {"If_None_Match": "{etag}", "If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 304),
        ("/herald/feed", {"If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 200),
        ("/herald/feed", {"If_Modified_Since": "last Tuesday"}, 200),
        ("/railway/notices.rss", {"If_None_Match": '"other"', "If_Modified_Since": "{date}"}, 200),
        ("/weir/log.rss", {"If_None_Match": "*", "If_Modified_Since": "Fri, 20 Nov 2026 12:00:00 GMT"}, 200),
        ("/regal/programme.rss", {"If_None_Match": "*"}, 404),
    ],
)
def test_conditions_are_weighed_in_the_order_of_rfc_9110(town: Town, path: str, asked: dict[str, str], status: int):
    _, headers, _ = get(town, path)
    known = {"etag": headers.get("etag", ""), "date": headers.get("last-modified", "")}
    assert get(town, path, **{name: value.format(**known) for name, value in asked.items()})[0] == status


@pytest.mark.parametrize(
    ("path", "coding", "decode"),
    [("/lost-property/ledger.xml", "gzip", gzip.decompress), ("/marche/mercredi.atom", "deflate", zlib.decompress)],
)
def test_a_body_is_encoded_where_the_client_accepts_it_and_has_another_etag(town: Town, path: str, coding: str, decode):
    _, plain_headers, plain = get(town, path)
    _, headers, encoded = get(town, path, Accept_Encoding=f"br, {coding}")
    assert "content-encoding" not in plain_headers
    assert headers["content-encoding"] == coding
    assert headers["vary"] == plain_headers["vary"] == "Accept-Encoding"
    assert decode(encoded) == plain
    assert headers["etag"] != plain_headers["etag"]
    assert get(town, path, Accept_Encoding=coding, If_None_Match=headers["etag"])[0] == 304


@pytest.mark.parametrize(
    ("field", "accepted"),
    [
        ("", False),
        ("gzip", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*", True),
        ("*, gzip;q=0", False),
        ("identity", False),
    ],
)
def test_a_coding_is_accepted_as_the_client_weighs_it(field: str, accepted: bool):
    assert accepts(field, "gzip") is accepted


def test_a_head_request_gets_the_same_head_and_no_body(town: Town):
    status, headers, body = get(town, "/herald/feed", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) == len(get(town, "/herald/feed")[2])


def test_the_slow_feed_waits_and_a_closing_town_does_not_wait_for_it():
    with Town(memory=None, slow=60) as town:
        waiting = http.client.HTTPConnection(urlsplit(town.base_url).netloc, timeout=120)
        waiting.request("GET", "/almanac/ferryman.atom")
        assert get(town, "/weir/log.rss")[0] == 200
        waiting.sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            waiting.sock.recv(1, socket.MSG_PEEK)
        waiting.sock.settimeout(120)
    # Let go at closing, it still answers.
    assert waiting.getresponse().status == 200
    waiting.close()


def test_every_document_is_the_same_to_the_byte_in_another_run_on_another_port(town: Town):
    with Town(memory=None, slow=0) as other:
        assert other.base_url != town.base_url
        for page in PAGES:
            ours, theirs = get(town, page.path), get(other, page.path)
            assert ours[2] == theirs[2]
            assert {**ours[1], "date": ""} == {**theirs[1], "date": ""}


def test_the_towns_list_is_opml_that_reads_back_as_its_feeds(town: Town):
    outlines = opml.read(town.opml().encode(), "the town")
    assert {outline.url for outline in outlines} == set(town.feeds)
    assert all(outline.title and outline.category for outline in outlines)


def test_a_new_edition_of_the_gazette_comes_with_every_second_opening_after_the_first(tmp_path: Path):
    file = tmp_path / "not yet there" / "town.json"
    editions = []
    for _ in range(6):
        with Town(file) as town:
            editions.append(stories(town))
    first, again, second, _, third, _ = editions
    assert editions == [first, first, second, second, third, third]
    assert again == first
    for older, newer in ((first, second), (second, third)):
        assert list(newer)[1:] == list(older)
        changed = [guid for guid in older if older[guid] != newer[guid]]
        assert len(changed) == 1
        assert "Correction:" in newer[changed[0]]


def test_publishing_brings_the_next_edition_at_once_and_is_remembered(tmp_path: Path):
    with Town(tmp_path / "town.json") as town:
        before = get(town, "/gazette.xml")[1]
        first = stories(town)
        town.publish()
        assert town.edition == 2
        assert get(town, "/gazette.xml", If_None_Match=before["etag"])[0] == 200
        assert get(town, "/gazette.xml", If_Modified_Since=before["last-modified"])[0] == 200
        assert len(stories(town)) == len(first) + 1
    with Town(tmp_path / "town.json") as town:
        assert town.edition == 2


def test_the_gazette_keeps_twenty_stories_and_tells_them_again_when_it_has_no_more():
    assert [len(gazette.edition(number)) for number in (1, 2, 15, 16, 100)] == [6, 7, 20, 20, 20]
    guids = {item.guid for number in range(1, 100) for item in gazette.edition(number)}
    titles = {item.title for number in range(1, 100) for item in gazette.edition(number)}
    assert len(guids) == len(titles) == 99 + 5
    assert gazette.edition(99)[0].title.endswith(" (No. 104)")


def test_each_edition_of_the_gazette_corrects_one_story_of_the_one_before():
    for number in range(1, 60):
        before = {item.guid: item for item in gazette.edition(number)}
        shared = [item for item in gazette.edition(number + 1) if item.guid in before]
        assert sum(item != before[item.guid] for item in shared) == 1
        assert gazette.printed(number) == gazette.edition(number)[0].published


@pytest.mark.parametrize(
    "kept",
    [b"", b"\xff\x00", b"[]", b'{"openings": -1}', b'{"openings": "many"}', b'{"openings": 1' + b"0" * 400 + b"}"],
)
def test_a_memory_that_cannot_be_read_is_begun_afresh(tmp_path: Path, kept: bytes):
    file = tmp_path / "town.json"
    file.write_bytes(kept)
    with Town(file) as town:
        assert town.edition == 1
    assert memory.recall(file) == memory.Memory(openings=1)
    assert [path.name for path in tmp_path.iterdir()] == ["town.json"]


def test_a_memory_that_cannot_be_written_is_one_clear_line_and_frees_the_port(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(LocalStackError, match=r"cannot keep its memory in .*town\.json: .+; choose a folder") as caught:
        Town(blocked / "town.json", port).__enter__()
    assert "\n" not in str(caught.value)
    with Town(None, port) as town:
        assert town.base_url == f"http://127.0.0.1:{port}"


def test_a_port_in_use_is_one_clear_line(town: Town):
    port = urlsplit(town.base_url).port
    with pytest.raises(LocalStackError, match=rf"127\.0\.0\.1:{port}: Address already in use; choose another port"):
        Town(None, port).__enter__()


def test_a_number_that_is_no_port_is_one_clear_line():
    with pytest.raises(LocalStackError, match=r":70000: there is no such port; choose another port"):
        Town(None, 70_000).__enter__()


def test_a_closed_town_has_no_address_and_can_be_opened_again(tmp_path: Path):
    town = Town(tmp_path / "town.json")
    for _ in range(3):
        with town:
            assert get(town, "/herald/feed")[0] == 200
        with pytest.raises(LocalStackError, match="closed"):
            _ = town.feeds
    assert town.edition == 2


def test_run_as_a_module_it_prints_its_feeds_and_serves_until_interrupted():
    process = subprocess.Popen(
        [sys.executable, "-m", "feedriver.local.town"],
        env={**os.environ, "PYTHONPATH": str(SHARED)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    listed = sum(page.listed for page in PAGES)
    feeds = [process.stdout.readline().strip() for _ in range(listed)]
    connection = http.client.HTTPConnection(urlsplit(feeds[0]).netloc, timeout=120)
    connection.request("GET", urlsplit(feeds[0]).path)
    assert connection.getresponse().status == 200
    connection.close()
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=120) == ("", "")
    assert process.returncode == 0


def test_run_as_a_module_on_a_port_in_use_it_says_so_and_fails(town: Town, capsys: pytest.CaptureFixture[str]):
    assert main(["--port", str(urlsplit(town.base_url).port)]) == 1
    printed, said = capsys.readouterr()
    assert printed == ""
    assert said.count("\n") == 1
    assert "Address already in use" in said
