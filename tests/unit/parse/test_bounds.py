"""No line of the store is over 4 MB, whatever a document holds; and what is cut is well-formed, and says so."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from longest import LETTERS

from feedriver.models import Category, Entry, Feed, Item, Source
from feedriver.parse import parse
from feedriver.parse.bounds import BODY, LINE, SUMMARY, bounded
from feedriver.parse.normalize.entry import build
from feedriver.parse.normalize.sanitize import sanitized
from feedriver.parse.source import (
    Attachment,
    Author,
    Markup,
    SourceComments,
    SourceItem,
    SourceOrigin,
    SourcePlace,
    SourcePodcast,
    SourceReply,
)
from feedriver.repair import correction
from feedriver.trimming import json_bytes

URL = "https://paper.example/feed"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
# Of each format, what grows: as JSON, as HTML, or as text. Two million characters tell what twenty would.
BODIES = {
    "quotes": ('"', 2_200_000),
    "backslashes": ("\\", 2_200_000),
    "less-thans": ("&lt;", 400_000),
    "ampersands": ("&amp; ", 300_000),
    "emoji": ("🗞", 700_000),
    "lines": ("a\n\n", 600_000),
    "paragraphs": ("&lt;p&gt;a&lt;/p&gt;", 140_000),
    "nested": ("&lt;div&gt;a", 200_000),
    "bold": ("&lt;b&gt;a", 200_000),
    "links": ('&lt;a href="https://a.example/?a=1"&gt;a&lt;/a&gt;', 40_000),
    "pictures": ('&lt;img src="https://a.example/1.png"&gt;', 60_000),
}


def rss(body: str) -> bytes:
    item = f"<item><guid>1</guid><description>{body}</description></item>"
    return f"<rss version='2.0'><channel>{item}</channel></rss>".encode()


def atom(body: str) -> bytes:
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><entry><id>1</id><title>t</title>"
        f"<summary type='html'>{body[: len(body) // 3]}</summary><content type='html'>{body}</content></entry></feed>"
    ).encode()


def jsonfeed(body: str) -> bytes:
    said = body.replace("&lt;", "<").replace("&gt;", ">")
    item = {"id": "1", "content_html": said, "content_text": said, "summary": said[: len(said) // 3]}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [item]}).encode()


def line(item: Item) -> bytes:
    """As it is stored."""
    source = Source(id="f" * 16, url=URL, title="🗞" * 2_000, link=LONG, icon=LONG)
    said = {name: getattr(item, name) for name in Item.model_fields}
    stored = Entry(
        id="e" * 32, revision=1, identified_by="guid", content_hash="1:" + "0" * 32, feed=source,
        first_seen=NOW, seen=NOW, **said,
    )  # fmt: skip
    return stored.model_dump_json().encode()


LONG = "https://paper.example/" + "x" * 2_026


def sound(item: Item) -> None:
    """Within the bounds, each of them; html as it would be read again; and the mark."""
    assert json_bytes(item.html or "") - 2 <= BODY
    assert json_bytes(item.text) - 2 <= BODY
    assert json_bytes(item.summary or "") - 2 <= SUMMARY
    assert item.html is None or sanitized(item.html, "") == item.html
    assert bounded(item) == item


@pytest.mark.long
@pytest.mark.case("W04")
@pytest.mark.parametrize(
    ("document", "name"),
    [
        *((rss, name) for name in ("quotes", "less-thans", "lines", "links", "pictures")),
        *((atom, name) for name in ("emoji", "backslashes", "links")),
        *((jsonfeed, name) for name in BODIES),
    ],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_a_body_of_megabytes_is_cut_and_marked(document, name):
    letter, count = BODIES[name]
    (parsed,) = parse(document(letter * count), URL, None).items
    sound(parsed.item)
    assert "body_cut" in parsed.item.marks
    assert len(line(parsed.item)) <= LINE
    assert json_bytes(parsed.item.html) > BODY // 10


@pytest.mark.long
@pytest.mark.case("W04")
@pytest.mark.parametrize("body", ['"' * 11_000_000, "🗞" * 4_900_000], ids=["quotes", "emoji"])
def test_a_document_of_20_mb_makes_no_line_over_4_mb(body):
    (parsed,) = parse(rss(f"<![CDATA[{body}]]>"), URL, None).items
    sound(parsed.item)
    assert len(line(parsed.item)) <= LINE


@pytest.mark.long
@pytest.mark.parametrize("letter", LETTERS)
def test_the_longest_of_everything_is_a_line_of_less_than_4_mb(letter):
    """By the bounds that each field has where it is read; addresses have 2,048 bytes."""
    letter = letter if letter.isprintable() else f"x{letter}"

    def text(kind="html") -> Markup:
        return Markup(letter * 1_200_000, kind, URL)

    def address(number: int) -> str:
        return f"{LONG[:-4]}{number:04}"

    long, text_of_300, numbers, hundred = letter * 5_000, letter * 300, range(120), range(100)
    files = tuple((address(number), f"text/{'x' * 100}") for number in range(21))
    roles = ("enclosure", "media", "thumbnail", "itunes", "jsonfeed")
    authors = tuple(
        Author(f"{number} {long}", f"{'a' * 60}{number}@{'b' * 200}", address(number)) for number in numbers
    )
    everything = SourceItem(
        base=URL,
        title=text("text"),
        link=address(0),
        guid=long,
        authors=authors,
        published=long,
        updated=long,
        summary=Markup(f"Other {letter * 1_200_000}", "text", URL),
        contents=(text(),),
        language="de-" + "-".join(["x" * 8] * 4),
        attachments=tuple(
            Attachment(role, address(number), f"audio/{'x' * 100};{letter * 100}", "9" * 16, "99999", "99999")
            for role in roles
            for number in numbers
        ),
        categories=tuple(
            Category(term=f"{each}{letter * 296}", scheme=text_of_300, label=text_of_300) for each in hundred
        ),
        comments=SourceComments(address(1), address(2), "9" * 16),
        reply=SourceReply(long, address(3)),
        origin=SourceOrigin(text("text"), address(4), address(5), long),
        place=SourcePlace("-89.123456789012345", "-179.123456789012345", long),
        podcast=SourcePodcast("99:59:59", "999", "999", "trailer", "true", files[:20], files[20]),
    )
    built = build(0, everything, Feed(url=URL, format="atom1.0"))
    sound(built.item)
    assert built.item.summary
    assert len(line(built.item)) <= LINE
    undated = {"published", "updated", "published_inferred"}
    assert [name for name in Item.model_fields if not getattr(built.item, name) and name not in undated] == []


def test_an_entry_of_usual_length_is_left_as_it_is():
    item = Item(title="t", html="<p>One</p>", text="One\nTwo", summary="Other", body_from="content")
    assert bounded(item) == item


@pytest.mark.parametrize("body_from", ["summary", "content"])
def test_a_summary_that_says_what_the_text_says_is_not_kept_twice(body_from):
    item = Item(text="The same", summary="The same", body_from=body_from)
    assert bounded(item).summary is None
    assert bounded(item).marks == ()


def test_a_text_is_cut_at_a_line_and_a_single_line_within_it():
    lines = "\n".join(["x" * 999] * 1_200)
    kept = bounded(Item(text=lines)).text
    assert set(kept.split("\n")) == {"x" * 999}
    assert len(kept) > BODY - 2_000
    assert len(bounded(Item(text="x" * 1_200_000)).text) == BODY


def test_html_is_cut_between_tags_and_what_is_open_is_closed():
    html = sanitized("<ul>" + f"<li>{'x' * 100} &amp; <b>y</b></li>" * 10_000 + "</ul>", URL)
    kept = bounded(Item(html=html, text="t")).html
    assert kept.startswith("<ul><li>xxx")
    assert kept.endswith("</ul>")
    assert kept.count("<li>") == kept.count("</li>")
    assert len(kept) > BODY - 30_000


def test_what_was_stored_before_bodies_were_bounded_is_no_difference_now():
    """A reparse reads the document anew, and announces nothing because of the bound."""
    whole = Item(
        title="t", html=f"<p>{'x' * 1_200_000}</p>", text="x" * 1_200_000, summary="x" * 1_200_000, body_from="summary"
    )
    now = bounded(whole)
    assert now.summary is None
    stored, made = (Entry.model_validate_json(line(each)) for each in (whole, now))
    assert correction.differences(stored, made) == ()
    assert correction.differences(stored, made.model_copy(update={"text": "y"})) == ("text",)
