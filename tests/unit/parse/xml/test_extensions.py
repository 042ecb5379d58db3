"""What namespaces beside the formats' own say, in good and in broken spellings."""

import json

import pytest

from feedriver.models import Comments, FeedLinks, Origin, Place, Podcast, Reply, Resource
from feedriver.parse import parse
from feedriver.parse.source import SourceFeed

URL = "https://feeds.example/dir/feed"
PREFIXES = " ".join(
    f'xmlns:{prefix}="{namespace}"'
    for prefix, namespace in {
        "atom": "http://www.w3.org/2005/Atom",
        "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
        "georss": "http://www.georss.org/georss",
        "gml": "http://www.opengis.net/gml",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "media": "http://search.yahoo.com/mrss/",
        "podcast": "https://podcastindex.org/namespace/1.0",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
        "thr": "http://purl.org/syndication/thread/1.0",
        "wfw": "http://wellformedweb.org/CommentAPI/",
    }.items()
)


def document(item="", channel="", version="2.0"):
    start = f'<rss version="{version}" {PREFIXES}><channel><title>T</title>{channel}'
    return f"{start}<item><title>A</title>{item}</item></channel></rss>".encode()


def atom(entry="", feed=""):
    start = f'<feed xmlns="http://www.w3.org/2005/Atom" {PREFIXES}><title>T</title>{feed}'
    return f"{start}<entry><id>urn:a</id><title>A</title>{entry}</entry></feed>".encode()


def one(body):
    parsed = parse(body, URL)
    assert parsed.rejected == ()
    (item,) = parsed.items
    return item.item


WELL_OR_NOT = pytest.mark.parametrize("junk", ["", "<description>&nbsp;</description>"], ids=["well-formed", "loose"])


@WELL_OR_NOT
@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("<georss:point>45.25 -71.5</georss:point>", Place(latitude=45.25, longitude=-71.5)),
        ("<georss:point>45.25,-71.5</georss:point>", Place(latitude=45.25, longitude=-71.5)),
        ("<geo:lat>-90</geo:lat><geo:long>180.0</geo:long>", Place(latitude=-90, longitude=180)),
        ("<geo:Point><geo:lat>1</geo:lat><geo:long>2</geo:long></geo:Point>", Place(latitude=1, longitude=2)),
        (
            "<georss:where><gml:Point srsName='EPSG:none'><gml:pos>1.5 2</gml:pos></gml:Point></georss:where>",
            Place(latitude=1.5, longitude=2),
        ),
        ("<gml:pos>1.5 2</gml:pos>", Place(latitude=1.5, longitude=2)),
        ("<georss:featurename>Bay Bridge</georss:featurename>", Place(name="Bay Bridge")),
        ("<georss:point>91 0</georss:point>", None),
        ("<georss:point>0 -180.5</georss:point>", None),
        ("<georss:point>nan inf</georss:point>", None),
        ("<georss:point>45.25</georss:point>", None),
        ("<georss:point/>", None),
        ("<georss:line>45 -110 46 -109</georss:line>", None),
        ("<geo:lat>45.25</geo:lat>", None),
        ("<geo:lat>north</geo:lat><geo:long>1e5</geo:long>", None),
        ("<gml:posList>1 2</gml:posList>", None),
    ],
)
def test_a_place_is_two_degrees_on_earth_or_a_name_or_nothing(said, place, junk):
    assert one(document(said + junk)).place == place


@WELL_OR_NOT
@pytest.mark.parametrize(
    ("said", "podcast"),
    [
        ("<itunes:duration>1:02:03</itunes:duration>", Podcast(duration=3723)),
        ("<itunes:duration> 62:03 </itunes:duration>", Podcast(duration=3723)),
        ("<itunes:duration>3723</itunes:duration>", Podcast(duration=3723)),
        ("<itunes:duration>3723.9</itunes:duration>", Podcast(duration=3723)),
        ("<itunes:duration>00:00:00</itunes:duration>", Podcast(duration=0)),
        ("<itunes:duration>an hour</itunes:duration>", None),
        ("<itunes:duration>-5</itunes:duration>", None),
        ("<itunes:duration>1:2:3:4</itunes:duration>", None),
        ("<itunes:duration>٣٠</itunes:duration>", None),
        ("<itunes:duration/>", None),
        ("<itunes:season>2</itunes:season><itunes:episode>7</itunes:episode>", Podcast(season=2, episode=7)),
        (
            "<podcast:season name='Two'>2</podcast:season><podcast:episode>3</podcast:episode>",
            Podcast(season=2, episode=3),
        ),
        ("<itunes:season>two</itunes:season><itunes:episode>-1</itunes:episode>", None),
        ("<itunes:episodeType>Bonus</itunes:episodeType>", Podcast(episode_type="bonus")),
        ("<itunes:episodeType>other</itunes:episodeType>", None),
        ("<itunes:explicit>true</itunes:explicit>", Podcast(explicit=True)),
        ("<itunes:explicit>Yes</itunes:explicit>", Podcast(explicit=True)),
        ("<itunes:explicit>clean</itunes:explicit>", Podcast(explicit=False)),
        ("<itunes:explicit>false</itunes:explicit>", Podcast(explicit=False)),
        ("<itunes:explicit>perhaps</itunes:explicit>", None),
        (
            (
                '<podcast:transcript url="1.srt" type="application/srt" rel="captions"/>'
                '<podcast:transcript url="1.vtt" type="text/vtt"></podcast:transcript>'
                '<podcast:transcript url="javascript:1" type="text/vtt"/><podcast:transcript type="text/vtt"/>'
            ),
            Podcast(
                transcripts=(
                    Resource(url="https://feeds.example/dir/1.srt", type="application/srt"),
                    Resource(url="https://feeds.example/dir/1.vtt", type="text/vtt"),
                )
            ),
        ),
        (
            '<podcast:chapters url="/1.json" type="application/json+chapters"/>',
            Podcast(chapters=Resource(url="https://feeds.example/1.json", type="application/json+chapters")),
        ),
        ('<podcast:chapters url="" type="x"/>', None),
        ("<podcast:chapters>1.json</podcast:chapters>", None),
    ],
)
def test_an_episode_says_what_it_is_or_nothing(said, podcast, junk):
    item = one(document(f"<link>https://a.example/</link>{said}{junk}"))
    assert item.podcast == podcast
    assert item.link == "https://a.example/"


@WELL_OR_NOT
@pytest.mark.parametrize(
    ("said", "comments"),
    [
        ("<comments>/a#talk</comments>", Comments(url="https://feeds.example/a#talk")),
        ("<wfw:commentRss>https://a.example/c</wfw:commentRss>", Comments(feed="https://a.example/c")),
        ("<slash:comments> 0 </slash:comments>", Comments(count=0)),
        ("<slash:comments>many</slash:comments>", None),
        ("<slash:comments>-3</slash:comments>", None),
        ("<slash:comments>99999999999999999999999</slash:comments>", None),
        ("<comments>javascript:alert(1)</comments>", None),
        ("<comments/>", None),
    ],
)
def test_comments_of_an_rss_item(said, comments, junk):
    assert one(document(said + junk)).comments == comments


@pytest.mark.parametrize(
    ("said", "comments"),
    [
        (
            '<link rel="replies" type="application/atom+xml" href="/c" thr:count="3"/>',
            Comments(feed="https://feeds.example/c", count=3),
        ),
        (
            '<link rel="replies" type="text/html" href="/c"/><thr:total>4</thr:total>',
            Comments(url="https://feeds.example/c", count=4),
        ),
        ('<link rel="replies" type="application/atom+xml" thr:count="x"/>', None),
    ],
)
def test_comments_of_an_atom_entry(said, comments):
    assert one(atom(said)).comments == comments


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ('<thr:in-reply-to ref="urn:b" href="/b"/>', Reply(id="urn:b", url="https://feeds.example/b")),
        ('<thr:in-reply-to ref="urn:b" href="data:,"/>', Reply(id="urn:b")),
        ("<thr:in-reply-to/>", None),
        ('<thr:in-reply-to ref=" " href=""/>', None),
    ],
)
def test_what_an_entry_answers_to(said, reply):
    assert one(atom(said)).in_reply_to == reply


@pytest.mark.parametrize(
    ("body", "origin"),
    [
        (
            document('<source url="https://o.example/rss">O &amp; P</source>'),
            Origin(title="O & P", url="https://o.example/rss"),
        ),
        (document("<source>O</source>"), Origin(title="O")),
        (document('<source url="javascript:1"/>'), None),
        (document("<source/>"), None),
        (
            atom(
                "<source><id> urn:o </id><author><name>Ann</name><uri>/ann</uri></author>"
                '<title type="html">&lt;b&gt;O&lt;/b&gt;</title>'
                '<link rel="self" href="https://o.example/atom"/><link href="https://o.example/"/></source>'
            ),
            Origin(title="O", url="https://o.example/atom", link="https://o.example/", id="urn:o"),
        ),
        (atom("<source/>"), None),
    ],
)
def test_the_feed_that_an_entry_was_first_in(body, origin):
    assert one(body).origin == origin


def test_the_source_of_an_entry_lends_it_neither_id_nor_title_nor_link():
    source = '<source><id>urn:o</id><title>O</title><link href="https://o.example/"/></source>'
    item = one(
        f'<feed xmlns="http://www.w3.org/2005/Atom"><entry>{source}<updated>x</updated></entry></feed>'.replace(
            "<updated>", '<link href="/a"/><title>A</title><id>urn:a</id><updated>'
        ).encode()
    )
    assert (item.guid, item.title, item.link) == ("urn:a", "A", "https://feeds.example/a")


AUTHOR, FEED_AUTHOR, SOURCE_AUTHOR = (f"<author><name>{name}</name></author>" for name in ("Own", "Feed", "Source"))


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (atom(AUTHOR + f"<source>{SOURCE_AUTHOR}</source>", FEED_AUTHOR), ["Own"]),
        (atom(f"<source>{SOURCE_AUTHOR}</source>", FEED_AUTHOR), ["Source"]),
        (atom("<source><id>urn:o</id></source>", FEED_AUTHOR), ["Feed"]),
        (atom("", FEED_AUTHOR), ["Feed"]),
        (atom("<author><name/></author>", FEED_AUTHOR), ["Feed"]),
        (atom(), []),
        (document("", "<managingEditor>e@a.example (Ed)</managingEditor>"), []),
        (document("", "<itunes:author>Ed</itunes:author>"), []),
    ],
)
def test_who_wrote_an_entry_that_names_nobody(body, names):
    parsed = parse(body, URL)
    assert [author.name for author in parsed.items[0].item.authors] == names
    assert parsed.items[0].source.authors == ("Own" if names == ["Own"] else "")


def test_an_entry_of_a_json_feed_has_the_feeds_authors_where_it_has_none():
    items = [{"id": "1", "title": "A"}, {"id": "2", "title": "B", "authors": [{"name": "Own"}]}]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "authors": [{"name": "Feed"}], "items": items}
    parsed = parse(json.dumps(feed).encode(), URL)
    assert [[author.name for author in each.item.authors] for each in parsed.items] == [["Feed"], ["Own"]]
    assert parsed.items[0].source.authors == ""


@WELL_OR_NOT
@pytest.mark.parametrize("relation", ["{}", " {} ", "http://www.iana.org/assignments/relation/{}"])
def test_where_a_feed_has_more_of_itself(relation, junk):
    said = "".join(
        f'<atom:link rel="{relation.format(name)}" href="{href}"/>'
        for name, href in [
            ("self", "/self"), ("hub", "https://hub.example/"), ("hub", "https://hub.example/"), ("hub", "ftp://no/"),
            ("next", "?page=2"), ("prev-archive", "/2024"), ("current", "/now"),
        ]
    )  # fmt: skip
    assert parse(document(junk, said), URL).feed.links == FeedLinks(
        self_url="https://feeds.example/self",
        hubs=("https://hub.example/",),
        next="https://feeds.example/dir/feed?page=2",
        prev_archive="https://feeds.example/2024",
        current="https://feeds.example/now",
    )


def test_the_links_of_a_json_feed():
    feed = {"version": "https://jsonfeed.org/version/1.1", "feed_url": "/self", "next_url": "?page=2", "items": []}
    hubs = [{"type": "WebSub", "url": "https://hub.example/"}, {"type": "rssCloud"}, "https://x.example/", None]
    assert parse(json.dumps(feed | {"hubs": hubs}).encode(), URL).feed.links == FeedLinks(
        self_url="https://feeds.example/self",
        hubs=("https://hub.example/",),
        next="https://feeds.example/dir/feed?page=2",
    )
    assert (
        parse(json.dumps(feed | {"hubs": {}, "feed_url": 1, "next_url": None}).encode(), URL).feed.links == FeedLinks()
    )


def test_the_id_of_an_atom_feed_is_as_written():
    assert parse(atom("", "<id> Relative/../id </id>"), URL).feed.id == "Relative/../id"
    assert parse(document(), URL).feed.id is None
    assert SourceFeed(format="rss", base=URL).id == ""


@pytest.mark.case("P14")
@pytest.mark.parametrize(
    ("title", "author", "marks"),
    [
        ("Plain", "Ann", ()),
        ("مينا\u200fء", "Ann", ()),
        ("Invoice \u202efdp.exe", "Ann", ("bidi",)),
        ("Plain", "\u2067Ann\u2069", ("bidi",)),
        ("x" * 2_000, "Ann", ()),
        ("x" * 2_001, "Ann", ("title_cut",)),
        ("\u202a" + "x" * 2_001, "Ann", ("bidi", "title_cut")),
    ],
)
def test_p14_a_title_that_a_display_must_look_after_is_marked(title, author, marks):
    body = atom(f"<author><name>{author}</name></author>").replace(
        b"<title>A</title>", f"<title>{title}</title>".encode()
    )
    assert one(body).marks == marks


def test_nothing_beside_the_entry_makes_it_another_version():
    counters = "<slash:comments>{0}</slash:comments><comments>/{0}</comments><itunes:duration>{0}</itunes:duration>"
    more = '<georss:point>{0} {0}</georss:point><source url="/{0}">{0}</source><thr:total>{0}</thr:total>'
    first, second = (parse(document((counters + more).format(n)), URL).items[0] for n in (1, 2))
    assert first.item != second.item
    assert first.source == second.source


def test_a_group_of_media_keeps_to_itself_what_it_says_of_its_files():
    said = """<media:group><media:title>of the group</media:title>
      <media:content url="/1.jpg" medium="image"><media:title>of the file</media:title>
        <media:description>of the file</media:description><media:thumbnail url="/t.jpg"/></media:content>
      </media:group><media:title>beside</media:title><description>The story.</description>"""
    for body in (document(said), document(said + "<x>&nbsp;</x>")):
        item = one(body)
        assert (item.title, item.text) == ("A", "The story.")
        assert [(image.url, image.source) for image in item.images] == [
            ("https://feeds.example/1.jpg", "media"),
            ("https://feeds.example/t.jpg", "thumbnail"),
        ]
