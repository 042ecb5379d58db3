import pytest

from feedriver.models import Person
from feedriver.parse import parse
from feedriver.parse.normalize import entry
from feedriver.parse.xml import reader
from feedriver.parse.xml.workarounds import prepare

URL = "https://feeds.example/dir/feed"
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


def rss(*items, head=""):
    return f'<rss version="2.0" {SPACES}><channel><title>T</title>{head}{"".join(items)}</channel></rss>'.encode()


def item(inner):
    return f"<item>{inner}</item>"


def only(inner):
    (found,) = parse(rss(item(inner)), URL).items
    return found.item


@pytest.mark.case("I01", "P09")
@pytest.mark.parametrize(
    ("element", "guid", "link"),
    [
        ("<guid>12345</guid>", "12345", None),
        ("<guid>0</guid>", "0", None),
        ("<guid> \n </guid><title>x</title>", None, None),
        ("<guid/><title>x</title>", None, None),
        ("<guid>/relative</guid>", "/relative", None),
        ("<guid>https://a.example/1</guid>", "https://a.example/1", "https://a.example/1"),
        ('<guid isPermaLink="true">HTTPS://a.example/1</guid>', "HTTPS://a.example/1", "https://a.example/1"),
        ("<guid isPermaLink='False'>https://a.example/1</guid>", "https://a.example/1", None),
        ("<guid>https://a.example/1</guid><link>/2</link>", "https://a.example/1", "https://feeds.example/2"),
        ("<guid>a</guid><link>javascript:alert(1)</link>", "a", None),
        ("<guid>a</guid><link>//evil.example/x</link>", "a", "https://evil.example/x"),
        ("<guid>a</guid><link>JaVaScRiPt:alert(1)</link>", "a", None),
        ("<guid>a</guid><link></link>", "a", None),
    ],
)
def test_i01_p09_a_guid_is_kept_as_written_and_a_link_is_absolute_or_none(element, guid, link):
    found = only(element)
    assert (found.guid, found.link) == (guid, link)


def test_a_relative_guid_does_not_depend_on_the_address_of_the_feed():
    body = rss(item("<guid>post-1</guid>"))
    assert parse(body, URL).items[0].item.guid == parse(body, "http://moved.example/").items[0].item.guid == "post-1"


@pytest.mark.case("P13")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_p13_content_goes_before_the_description_in_either_order(order):
    parts = ("<description>Short.</description>", "<content:encoded>&lt;p&gt;Long.&lt;/p&gt;</content:encoded>")
    found = only("<guid>1</guid>" + "".join(parts[index] for index in order))
    assert (found.text, found.summary, found.body_from) == ("Long.", "Short.", "content")


@pytest.mark.case("P13")
@pytest.mark.parametrize(
    "second",
    [
        "<itunes:summary>Other.</itunes:summary>",
        '<media:description type="plain">Caption.</media:description>',
        "<dc:description>Other.</dc:description>",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_p13_a_second_description_does_not_become_the_content(second, first):
    description = "<description>The story.</description>"
    found = only("<guid>1</guid>" + (second + description if first else description + second))
    assert (found.text, found.summary, found.body_from) == ("The story.", None, "summary")


def test_a_channel_with_two_descriptions_does_not_alter_its_first_item():
    story = item("<guid>1</guid><description>One.</description><content:encoded>Two.</content:encoded>")
    head = "<description>a</description><itunes:summary>b</itunes:summary>"
    alone = parse(rss(story), URL).items[0]
    assert parse(rss(story, head=head), URL).items[0] == alone


def test_xml_base_of_an_entry_ends_with_it():
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>
    <entry xml:base="https://one.example/x/"><id>1</id><link href="a"/></entry>
    <entry><id>2</id><link href="b"/></entry></feed>"""
    links = [each.item.link for each in parse(body, URL).items]
    assert links == ["https://one.example/x/a", "https://feeds.example/dir/b"]


@pytest.mark.case("P05")
@pytest.mark.parametrize("reference", ["&#xD800;", "&#0;", "&#x110000;", "&#8;", "&#99999999999999;"])
def test_p05_a_reference_to_no_character_costs_nothing_else(reference):
    parsed = parse(rss(item(f"<guid>1</guid><title>a{reference}b</title>"), item("<guid>2</guid>")), URL)
    assert [each.item.guid for each in parsed.items] == ["1", "2"]
    assert parsed.items[0].item.title == "a\ufffdb"
    assert parsed.flaw == "characters that XML forbids"


@pytest.mark.case("P05")
def test_p05_control_characters_are_dropped():
    parsed = parse(rss(item("<guid>1</guid><title>a\x00\x08b</title>")), URL)
    assert parsed.items[0].item.title == "ab"


@pytest.mark.case("P02")
@pytest.mark.parametrize("element", ["author", "dc:creator", "itunes:author", "managingEditor"])
@pytest.mark.parametrize("text", ["a" * 400_000, "a." * 100_000, "<![CDATA[" + "a" * 100_000 + "]]>", "a@" * 50_000])
def test_p02_an_author_of_any_length_is_cut_before_feedparser_sees_it(element, text):
    body = item(f"<guid>1</guid><{element}>{text}</{element}>")
    assert len(prepare(body).text) < 1_000
    assert "@" not in prepare(body).text
    (author,) = only(f"<guid>1</guid><{element}>{text}</{element}>").authors
    assert len(author.name) <= 300


@pytest.mark.case("P02")
def test_p02_an_author_that_an_item_only_writes_about_is_left_alone():
    story = (
        "<content:encoded><![CDATA[<p>Mail a@b.example</p><author>x@y.example" + "z" * 5_000 + "]]></content:encoded>"
    )
    first, second = item("<guid>1</guid>" + story), item("<guid>2</guid><author>c@d.example (Cy)</author>")
    one, two = (each.item for each in parse(rss(first, second), URL).items)
    assert one.text == "Mail a@b.example\nx@y.example" + "z" * 5_000
    assert two.authors == (Person(name="Cy", email="c@d.example"),)


@pytest.mark.case("P02")
def test_p02_comments_that_never_close_do_not_reach_feedparser():
    body = item("<guid>1</guid><description>" + "<!--" * 50_000 + "</description>")
    assert "<!--" not in prepare(body).text
    assert [each.item.guid for each in parse(rss(body), URL).items] == ["1"]


@pytest.mark.parametrize(
    ("element", "people"),
    [
        ("<author>ann@a.example (Ann Author)</author>", (Person(name="Ann Author", email="ann@a.example"),)),
        ("<author>Ann Author &lt;ann@a.museum&gt;</author>", (Person(name="Ann Author", email="ann@a.museum"),)),
        ("<author>ann@a.technology</author>", (Person(email="ann@a.technology"),)),
        ("<dc:creator>Ann</dc:creator><dc:creator>Bea</dc:creator>", (Person(name="Ann"), Person(name="Bea"))),
        (
            "<author>a@b.example (Ann)</author><dc:creator>Ann</dc:creator>",
            (Person(name="Ann", email="a@b.example"),),
        ),
        ("<author>  </author>", ()),
    ],
)
def test_authors_are_read_from_the_forms_that_rss_has(element, people):
    assert only("<guid>1</guid>" + element).authors == people


def test_an_item_without_an_author_takes_none_from_the_feed():
    parsed = parse(rss(item("<guid>1</guid>"), head="<managingEditor>ed@a.example (Ed)</managingEditor>"), URL)
    assert parsed.items[0].item.authors == ()
    assert parsed.feed.authors == (Person(name="Ed", email="ed@a.example"),)


def test_the_owner_of_a_podcast_is_not_its_author():
    head = "<itunes:author>Host</itunes:author><itunes:owner><itunes:name>Network</itunes:name></itunes:owner>"
    assert parse(rss(head=head), URL).feed.authors == (Person(name="Host"),)


@pytest.mark.case("F20")
@pytest.mark.parametrize(
    ("head", "wishes"),
    [
        ("<ttl>60</ttl>", {"ttl": 60}),
        ("<ttl>-1</ttl>", {}),
        ("<ttl>often</ttl>", {}),
        ("<ttl>0</ttl>", {}),
        (f"<ttl>{'9' * 19}</ttl>", {}),
        ("<ttl>99999999</ttl>", {"ttl": 525_600}),
        ("<skipHours><hour>3</hour><hour>24</hour><hour>99</hour><hour>x</hour></skipHours>", {"skip_hours": (0, 3)}),
        ("<skipDays><day>sunday</day><day>Caturday</day></skipDays>", {"skip_days": ("Sunday",)}),
    ],
)
def test_wishes_are_clamped_and_rubbish_is_none(head, wishes):
    assert parse(rss(head=head), URL).feed.wishes.model_dump(exclude_defaults=True) == wishes


@pytest.mark.parametrize(
    ("period", "frequency", "minutes"),
    [("hourly", "1", 60), ("daily", "2", 720), ("weekly", "", 10_080), ("", "4", 360), ("never", "1", None),
     ("hourly", "0", 60), ("hourly", "rubbish", 60), ("hourly", "99999", 1)],
)  # fmt: skip
def test_the_syndication_module_gives_a_period_in_minutes(period, frequency, minutes):
    head = (
        f'<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">{period}</sy:updatePeriod>'
        f'<sy:updateFrequency xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">{frequency}</sy:updateFrequency>'
    )
    assert parse(rss(head=head), URL).feed.wishes.period == minutes


@pytest.mark.case("P21")
@pytest.mark.parametrize(
    ("root", "form"),
    [
        ('<rss version="0.93"><channel><title>T</title></channel></rss>', "rss0.93"),
        ('<rss version="2.01"><channel><title>T</title></channel></rss>', "rss2.0"),
        ("<rss><channel><title>T</title></channel></rss>", "rss"),
        ('<RDF xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>T</title></channel></RDF>', "rss0.90"),
        ('<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>T</a:title></a:feed>', "atom1.0"),
        ('<feed xmlns="urn:x"><title>T</title></feed>', "atom"),
        ('<CHANNEL HREF="https://c.example/"><TITLE>T</TITLE><ITEM HREF="https://c.example/1"/></CHANNEL>', "cdf"),
    ],
)  # fmt: skip
def test_p21_formats_are_named(root, form):
    assert parse(root.encode(), URL).feed.format == form


@pytest.mark.case("P22")
def test_p22_one_unreadable_item_costs_only_itself(monkeypatch):
    build = entry._item

    def fails_on_fifty(source, language):
        if source.guid == "50":
            raise ZeroDivisionError("hostile")
        return build(source, language)

    monkeypatch.setattr(entry, "_item", fails_on_fifty)
    parsed = parse(rss(*(item(f"<guid>{number}</guid>") for number in range(100))), URL)
    assert len(parsed.items) == 99
    assert [(each.index, each.reason, each.detail) for each in parsed.rejected] == [
        (50, "unreadable", "ZeroDivisionError")
    ]


@pytest.mark.case("P22")
def test_p22_an_item_that_cannot_even_be_taken_apart_costs_only_itself(monkeypatch):
    apart = reader._item

    def fails_on_one(element, how):
        if element["title"] == "1":
            raise ZeroDivisionError("hostile")
        return apart(element, how)

    monkeypatch.setattr(reader, "_item", fails_on_one)
    parsed = parse(rss(*(item(f"<title>{number}</title>") for number in range(3))), URL)
    assert [each.item.title for each in parsed.items] == ["0", "2"]
    assert [(each.index, each.reason) for each in parsed.rejected] == [(1, "unreadable")]


@pytest.mark.case("P24")
def test_p24_source_fields_do_not_change_with_indentation_or_composition():
    one = only_source("<title>Caf\u00e9 au lait</title><description>&lt;p onclick=x&gt;a  b&lt;/p&gt;</description>")
    two = only_source(
        "<title>\n Cafe\u0301 au\tlait </title><description>&lt;p onclick=x&gt;a\nb&lt;/p&gt;</description>"
    )
    assert one == two
    assert one.summary == "<p onclick=x>a b</p>"


def only_source(inner):
    (found,) = parse(rss(item(inner)), URL).items
    return found.source


def test_attributes_by_the_thousand_are_dropped_and_the_item_kept():
    flood = " ".join(f"a{number}='{number}'" for number in range(20_000))
    parsed = parse(
        f"<rss version='2.0'><channel><item {flood}><title>kept</title></item></channel></rss>".encode(), URL
    )

    assert [item.item.title for item in parsed.items] == ["kept"]
    assert flood[:100] not in prepare(f"<item {flood}>").text


def test_a_long_tag_with_few_attributes_keeps_them():
    picture = f"<img src='data:image/png;base64,{'A' * 5_000}' alt='a' />"

    assert prepare(picture).text == picture
