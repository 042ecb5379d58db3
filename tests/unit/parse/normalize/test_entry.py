import pytest

from feedriver.models import Category, Feed, Person, Rejected
from feedriver.parse.normalize.entry import build
from feedriver.parse.source import Attachment, Author, Markup, SourceItem

BASE = "https://a.example/b/"
FEED = Feed(url="https://a.example/feed", format="rss2.0", language="en", authors=(Person(name="Editor"),))
ATOM = FEED.model_copy(update={"format": "atom1.0"})
FIRST, SECOND = "2026-05-04T12:00:00Z", "2026-05-05T12:00:00Z"


def markup(value, kind="html"):
    return Markup(value, kind, BASE)


def built(feed=FEED, **written):
    return build(7, SourceItem(**{"base": BASE, "guid": "1"} | written), feed)


def item(feed=FEED, **written):
    return built(feed, **written).item


@pytest.mark.parametrize(
    "written",
    [
        {"guid": "urn:1"},
        {"link": "/1"},
        {"title": markup("A")},
        {"summary": markup("A")},
        {"attachments": (Attachment("enclosure", "/1.mp3"),)},
    ],
    ids=lambda written: next(iter(written)),
)
def test_an_item_is_an_entry_by_any_one_thing_that_it_says(written):
    made = built(**{"guid": ""} | written)
    assert made.index == 7
    assert not isinstance(made, Rejected)


@pytest.mark.parametrize("written", [{}, {"title": markup("<b> </b>")}, {"link": "javascript:1"}, {"published": FIRST}])
def test_an_item_that_says_nothing_is_rejected_as_empty(written):
    made = built(**{"guid": ""} | written)
    assert (made.index, made.reason) == (7, "empty")


def test_an_item_that_could_not_be_read_is_rejected_by_the_kind_of_its_error_alone():
    made = build(7, ValueError("what the publisher wrote"), FEED)
    assert made == Rejected(index=7, reason="unreadable", detail="ValueError")


def test_an_item_that_fails_while_it_is_read_is_rejected_too():
    made = built(published=object())
    assert (made.index, made.reason) == (7, "unreadable")


def test_where_memory_ran_out_the_whole_document_fails():
    with pytest.raises(MemoryError):
        build(7, MemoryError(), FEED)


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ({"link": "c"}, "https://a.example/b/c"),
        ({"link": "c", "guid": "https://a.example/1", "permalink": True}, "https://a.example/b/c"),
        ({"guid": "HTTPS://a.example/1", "permalink": True}, "https://a.example/1"),
        ({"guid": "https://a.example/1", "permalink": False}, None),
        ({"guid": "post-1", "permalink": True}, None),
    ],
)
def test_a_guid_is_the_link_only_where_it_is_an_address_that_may_be_followed(written, link):
    assert item(**written).link == link


def test_a_link_is_kept_as_written_where_it_had_to_be_encoded():
    made = built(link="/é")
    assert (made.item.link, made.link_as_written) == ("https://a.example/%C3%A9", "https://a.example/é")
    assert built(link="/e").link_as_written is None


@pytest.mark.parametrize(
    ("published", "updated", "time", "raw", "inferred"),
    [
        (FIRST, SECOND, FIRST, FIRST, False),
        ("", SECOND, SECOND, SECOND, True),
        ("yesterday", SECOND, None, "yesterday", False),
        ("", "", None, None, False),
    ],
)
def test_the_time_of_an_update_stands_in_only_where_no_publication_is_stated(published, updated, time, raw, inferred):
    made = item(published=published, updated=updated)
    assert (made.published and f"{made.published:%Y-%m-%dT%H:%M:%SZ}") == time
    assert (made.published_raw, made.published_inferred) == (raw, inferred)


@pytest.mark.parametrize(
    ("contents", "text"),
    [
        ([markup("plain and much longer", "text"), markup("<p>marked up</p>")], "marked up"),
        ([markup("<p>short</p>"), markup("<p>the longer one</p>")], "the longer one"),
        ([markup("<p> </p>"), markup("words", "text")], "words"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_of_several_contents_the_marked_up_one_and_then_the_longest_is_the_body(contents, text, order):
    made = item(contents=tuple(contents[::order]), summary=markup("Short."))
    assert (made.text, made.summary, made.body_from) == (text, "Short.", "content")


def test_without_a_content_the_summary_is_the_body_and_is_not_kept_twice():
    made = item(summary=markup("<p>Short.</p>"))
    assert (made.text, made.html, made.summary, made.body_from) == ("Short.", "<p>Short.</p>", None, "summary")


def test_a_body_without_words_is_kept_for_its_picture():
    made = item(contents=(markup("<p></p>"),), summary=markup('<img src="i.png">'))
    assert (made.text, made.html, made.body_from) == ("", '<img src="https://a.example/b/i.png">', None)
    assert made.image.url == "https://a.example/b/i.png"


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ({"authors": (Author("Own"),), "origin_authors": (Author("Source"),)}, ["Own"]),
        ({"origin_authors": (Author("Source"),)}, ["Source"]),
        ({"authors": (Author(" "),)}, ["Editor"]),
        ({}, ["Editor"]),
    ],
)
def test_an_atom_entry_without_authors_has_those_of_its_source_or_feed(written, names):
    assert [author.name for author in item(ATOM, **written).authors] == names
    assert [author.name for author in item(**written).authors] == [name for name in names if name != "Editor"]


@pytest.mark.parametrize(("tag", "language"), [("de_AT", "de-AT"), (None, "en"), ("no language", "en")])
def test_an_entry_without_a_language_has_that_of_its_feed(tag, language):
    assert item(language=tag).language == language


def test_a_category_is_kept_once():
    news, sport = Category(term="News"), Category(term="Sport")
    assert item(categories=(news, sport, news)).categories == (news, sport)


@pytest.mark.parametrize(
    ("title", "author", "marks"),
    [
        ("Plain", "Ann", ()),
        ("a\u202eb", "Ann", ("bidi",)),
        ("Plain", "\u2067Ann", ("bidi",)),
        ("x" * 2_001, "Ann", ("title_cut",)),
        ("x" * 1_999 + "…", "Ann", ("title_cut",)),
        ("x" * 2_000, "Ann", ()),
    ],
    ids=range(6),
)
def test_a_title_that_turns_the_direction_or_was_cut_is_marked(title, author, marks):
    assert item(title=markup(title, "text"), authors=(Author(author),)).marks == marks


def test_changes_are_told_by_what_the_publisher_wrote_and_not_by_what_we_make_of_it():
    source = built(
        title=markup(" <b>A</b>\n title"),
        link="../c",
        authors=(Author("Ann", "", "/ann"), Author("Bo")),
        published=" yesterday ",
        summary=markup('<p onclick="x()">Short</p>'),
        contents=(markup("One"), markup(" "), markup("Two")),
        attachments=(Attachment("enclosure", "/1.mp3"),),
        categories=(Category(term="News"), Category(term="Sport")),
    ).source
    assert source._asdict() == {
        "title": "<b>A</b> title",
        "link": "https://a.example/c",
        "authors": "Ann https://a.example/ann\nBo",
        "published": "yesterday",
        "summary": '<p onclick="x()">Short</p>',
        "content": "One\nTwo",
        "media": "https://a.example/1.mp3",
        "categories": "News\nSport",
    }


def test_a_new_time_of_update_alone_changes_no_source_field():
    assert built(updated=FIRST).source == built(updated=SECOND).source
