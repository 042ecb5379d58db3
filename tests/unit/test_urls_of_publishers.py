"""Addresses: whatever a publisher writes, each one that is kept is one that can be sent, shown and put into a page."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from every_text import ITEM_OF_JSON, OF_ATOM, OF_JSON, OF_RSS
from fakes.world import World
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter
from records import fields
from selectolax.lexbor import LexborHTMLParser

from feedriver import urls
from feedriver.credentials import split
from feedriver.errors import FetchCode, FetchError, ParseError
from feedriver.fetch.target import TargetPolicy, follow
from feedriver.fields import Address, AddressOrNone, OwnAddress
from feedriver.models import Enclosure, Entry, FeedLinks, Image, Podcast, Resource
from feedriver.parse import Parsed, parse
from feedriver.registry import Registry, Subscription

URL = "https://feeds.example/dir/feed"
SENT = re.compile(
    r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:[/?#][A-Za-z0-9!#$%&'()*+,./:;=?@\[\]_~-]*)?"
)
# Fields of records that are text as it was written, and no address to follow.
TEXTS = {
    *("id", "title", "text", "html", "summary", "guid", "published_raw", "name", "email", "term", "scheme", "label"),
    *("description", "language", "format", "type", "source", "body_from", "detail", "reason", "skip_days", "marks"),
    "episode_type",
}

hostile = st.text(
    st.sampled_from("aZ0/?#&=%.:@ \"'<>`{}|^\\\t\n\x00\x1b\x7f\x85\x9b\u00a0é日📰\u200e\u202e\u2066\ufeff\ufffd")
    | st.characters(exclude_categories=["Cs"]),
    max_size=30,
)
longest = st.builds(lambda letter, count: letter * count, st.sampled_from("a é日📰%"), st.integers(150, 2_100))
references = st.builds(
    "{}{}".format,
    st.sampled_from(
        ["", "/", "//", "?", "#", "http://", "HTTPS://", "https://e.example/", "https:\\\\e.example\\", "mailto:", "x/"]
    ),
    hostile | longest,
)


def sound(address: str) -> bool:
    return bool(SENT.fullmatch(address)) and len(address.encode()) <= 2_048 and "@" not in address.split("/")[2]


def addresses(value: object, name: str = "") -> list[str]:
    """Each string of a record that is no text, however deep: a new field is one of them until it is named above."""
    if isinstance(value, str):
        return [] if name in TEXTS else [value]
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return [each for field in fields for each in addresses(getattr(value, field), field)]
    if isinstance(value, tuple):
        return [each for part in value for each in addresses(part, name)]
    return []


def in_html(html: str) -> list[str]:
    """The addresses that a page would follow or load."""
    nodes = LexborHTMLParser(html).css("*")
    found = [node.attributes.get(name) for node in nodes for name in ("href", "src", "cite")]
    return [each for each in found if each and not each.startswith("mailto:")]


def all_sound(parsed: Parsed) -> None:
    for address in addresses(parsed.feed):
        assert sound(address), address
    for each in parsed.items:
        for address in (*addresses(each.item), *in_html(each.item.html or "")):
            assert sound(address), address


@pytest.mark.case("W05")
@given(references, references)
def test_w5_what_is_resolved_can_be_sent_as_it_is_and_again_or_is_nothing(base, reference):
    for resolved in (urls.resolve(URL, reference), urls.resolve(base, reference)):
        assert resolved is None or (
            sound(resolved) and urls.serialized(resolved) == urls.resolve(base, resolved) == resolved
        )


@pytest.mark.case("W01", "W05", "R02")
@pytest.mark.parametrize(
    ("reference", "sent"),
    [
        ("my file.mp3", "https://a.example/x/my%20file.mp3"),
        ("https://b.example/a\r\n\t  b", "https://b.example/ab"),
        ("https://b.example/日本?é#ü", "https://b.example/%E6%97%A5%E6%9C%AC?%C3%A9#%C3%BC"),
        ('https://b.example/"><script>', "https://b.example/%22%3E%3Cscript%3E"),
        ("https://b.example/`{|}^\\", "https://b.example/%60%7B%7C%7D%5E/"),
        ("https://b.example/?q=\\", "https://b.example/?q=%5C"),
        ("https://b.example/\x00\x1b[2J\x9b\u202e", "https://b.example/%00%1B[2J%C2%9B%E2%80%AE"),
        ("https://b.example/%C3%bc%zz%", "https://b.example/%C3%bc%zz%"),
        ("https://Bücher.EXAMPLE:443/", "https://xn--bcher-kva.example/"),
        ("https://faß.example", "https://xn--fa-hia.example"),
        ("https://bank.test@evil.test/", "https://evil.test/"),
        ("https://ann:hush@b.example:8443/", "https://b.example:8443/"),
        ("https:\\\\evil.test\\x", "https://evil.test/x"),
        ("http://[2001:DB8::1]/ü", "http://[2001:db8::1]/%C3%BC"),
        ("https://b.example/" + "a" * 2_030, "https://b.example/" + "a" * 2_030),
        ("https://b.example/" + "a" * 2_031, None),
        ("📰" * 168, "https://a.example/x/" + "%F0%9F%93%B0" * 168),
        ("📰" * 170, None),
        ("http://b.example:99999/", None),
        ('http://b"c.example/', None),
        ("http://\u202eb.example/", None),
        ("https://b.example/\ud83d", None),
    ],
)
def test_w1_w5_an_address_is_written_as_it_is_sent_or_is_none(reference, sent):
    assert urls.resolve("https://a.example/x/a.xml", reference) == sent


@pytest.mark.case("W01")
def test_w1_what_is_relative_to_a_long_address_is_bounded_with_it():
    assert urls.resolve("https://a.example/" + "📰" * 1_000 + "/", "e") is None
    assert urls.resolve("https://a.example/" + "a" * 20_000 + "/", "https://b.example/") == "https://b.example/"


@pytest.mark.case("W05")
@settings(max_examples=60)
@given(st.sampled_from([OF_RSS, OF_ATOM, "json"]), references)
def test_w5_no_address_of_any_record_holds_what_cannot_be_sent(form, reference):
    # JSON Feed, as the most permissive of formats, has each reference as it is; XML has what it can say.
    if form == "json":
        body = json.dumps(OF_JSON | {"items": [ITEM_OF_JSON]}).replace("%", json.dumps(reference)[1:-1]).encode()
    else:
        allowed = "".join(character for character in reference if character >= " " and character not in "<&\"'")
        body = form.replace("%", allowed).encode()
    with suppress(ParseError):
        all_sound(parse(body, URL))


@pytest.mark.case("W05")
def test_w5_each_field_of_a_record_that_says_where_something_is_has_the_type_of_an_address():
    """By name: what is called so in a record that goes out is written as it is sent."""
    told = {
        "url",
        "link",
        "icon",
        "self_url",
        "next",
        "prev_archive",
        "current",
        "to",
        "moved_from",
        "link_before",
        "hubs",
    }
    told |= {"feed"}  # of comments
    raw = 'https://e.example/ \u202e"<é\x9b'
    for kind in fields():
        record, _, name = kind.id.partition(".")
        if name not in told or record == "Report" or (name == "feed" and record != "Comments"):
            continue
        (adapter,) = map(TypeAdapter, kind.values)
        value = adapter.validate_python((raw,) if name == "hubs" else raw)
        assert sound(value[0] if name == "hubs" else value), kind.id


def test_what_an_older_version_wrote_down_otherwise_becomes_an_address_or_is_left_out():
    whole, raw, long = "https://e.example/x", "https://e.example/ü x", "https://e.example/" + "📰" * 200
    links = FeedLinks.model_validate({"self_url": raw, "hubs": [long, raw, whole], "next": long})
    assert (links.self_url, links.next) == ("https://e.example/%C3%BC%20x", None)
    assert links.hubs == ("https://e.example/%C3%BC%20x", whole)
    podcast = Podcast.model_validate_json(
        f'{{"transcripts": [{{"url": "{long}"}}, {{"url": "{whole}"}}], "chapters": {{"url": "{long}"}}}}'
    )
    assert podcast == Podcast(transcripts=(Resource(url=whole),))
    said = {"id": "0" * 32, "revision": 1, "identified_by": "guid", "content_hash": "1:x", "guid": "1",
            "feed": {"id": "0" * 16, "url": raw, "icon": long}, "first_seen": datetime(2026, 1, 1, tzinfo=UTC),
            "seen": datetime(2026, 1, 1, tzinfo=UTC)}  # fmt: skip
    pictures = {"images": [{"url": long, "source": "html"}, {"url": raw, "source": "html"}]}
    entry = Entry.model_validate(said | pictures | {"image": {"url": long, "source": "html"}, "link": long})
    assert (entry.link, entry.image, entry.feed.icon) == (None, None, None)
    assert [image.url for image in entry.images] == [entry.feed.url] == ["https://e.example/%C3%BC%20x"]


def test_a_value_that_is_wrong_in_another_way_is_refused_as_ever():
    with pytest.raises(ValueError, match="Input should be"):
        Podcast.model_validate({"transcripts": [{"url": "https://e.example/", "type": 7}]})
    with pytest.raises(ValueError, match="no web address"):
        Image(url="https://e.example/" + "x" * 2_048, source="html")
    with pytest.raises(ValueError, match="no web address"):
        Enclosure(url="javascript:alert(1)")


@pytest.mark.case("W01")
@pytest.mark.parametrize("location", ["/" + "📰" * 1_950 + "/", "/" + "é" * 400, "http://h.example/" + "日" * 300])
def test_w1_a_redirect_whose_address_is_too_long_as_it_is_sent_is_not_followed(location):
    followed = follow("http://a.example/", location.encode().decode("latin-1"))
    with pytest.raises(FetchError, match="longer than 2,048 bytes") as refused:
        TargetPolicy(None, allow_private=True).target(
            followed or "x" * 9_999, feed="http://a.example/", code=FetchCode.REDIRECT
        )
    assert refused.value.code is FetchCode.REDIRECT


@given(st.builds("https://h.example/{}".format, hostile))
def test_what_is_asked_is_written_as_every_other_address(url):
    try:
        target = TargetPolicy(None, allow_private=True).target(url, feed=url, code=FetchCode.BAD_URL)
    except FetchError:
        return
    assert sound(target.url)
    assert urls.serialized(target.url) == target.url


@given(st.builds("https://H.example/{}".format, hostile))
def test_a_feeds_address_is_kept_as_it_is_sent_and_its_id_is_of_what_was_given(url):
    canonical = urls.canonical(url)
    if canonical is None:
        return
    feed = split(canonical)
    assert sound(feed.url)
    assert feed.feed_id == urls.feed_id(canonical)
    assert TypeAdapter(OwnAddress).validate_python(feed.url) == feed.url
    assert (
        TypeAdapter(AddressOrNone).validate_python(feed.url)
        == TypeAdapter(Address).validate_python(feed.url)
        == feed.url
    )


def test_a_feed_is_found_by_either_spelling_of_its_address_and_added_once():
    world = World()
    raw, sent = "https://paper.example/日本", "https://paper.example/%E6%97%A5%E6%9C%AC"
    feed = world.add(raw)
    assert feed == urls.feed_id(raw)
    assert world.state(feed).url == sent
    assert Registry(world.states).add(Subscription(sent), world.clock()) == "known"
    assert Registry(world.states).find(raw).feed_id == Registry(world.states).find(sent).feed_id == feed
    other = world.add("https://other.example/%E6%97%A5")
    assert Registry(world.states).add(Subscription("https://other.example/日"), world.clock()) == "known"
    assert Registry(world.states).find("https://other.example/日").feed_id == other
