import pytest

from feedriver.parse.normalize.text import body_of, title_of
from feedriver.parse.source import Markup

BASE = "https://a.example/b/c"


def text(html):
    return body_of(Markup(html, "html", BASE)).text


def html(source):
    return body_of(Markup(source, "html", BASE)).html


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("<p>One</p><p>Two</p>", ["One", "Two"]),
        ("One<br>two<br/>three", ["One", "two", "three"]),
        ("<p>w<b>or</b>d and <i>an</i> other</p>", ["word and an other"]),
        ("a <a href=x>b</a>, c", ["a b, c"]),
        ("<div>a<div>b</div>c</div>", ["a", "b", "c"]),
        ("<ul><li>x<li>y</ul>z", ["x", "y", "z"]),
        ("<pre>one\n  two\n\nthree</pre>after\nit", ["one", "two", "three", "after it"]),
        ("<table><tr><th>h</th><td>d</td></tr><tr><td>e</td></tr></table>", ["h d", "e"]),
        ("<p>a</p><script>x()</script><style>p{}</style><p>b</p>", ["a", "b"]),
        ("<SECTION>a</SECTION><Section>b</section>", ["a", "b"]),
        ("<form>a</form><fieldset>b</fieldset>", ["a", "b"]),
        ("<p>&lt;tag&gt; &amp;amp; &eacute;&nbsp;&#8212;</p>", ["<tag> &amp; é —"]),
        ("<p>   much \n\t space </p>", ["much space"]),
        ("<!-- hidden --><p title='<p>x</p>'>seen</p>", ["seen"]),
        ("no tags\nat all\n\nbut a blank line &amp; a reference", ["no tags at all", "but a blank line & a reference"]),
        ("<p>unclosed <b>bold", ["unclosed bold"]),
        ("a <iframe src=x /> b <script src=y /> c", ["a", "b c"]),
        ("a <object data=x>what shows without it</object> b", ["a what shows without it b"]),
        ("<frameset><frame src=x></frameset>", []),
        ("<h1>T</h1>x<blockquote>q</blockquote>y<hr>z", ["T", "x", "q", "y", "z"]),
    ],
)
def test_html_becomes_paragraphs_one_a_line(source, lines):
    assert text(source).split("\n") == (lines or [""])


@pytest.mark.parametrize(
    ("source", "cleaned"),
    [
        (
            '<a href="../x?a=1&amp;b=2">l</a>',
            '<a href="https://a.example/x?a=1&amp;b=2" rel="noopener noreferrer">l</a>',
        ),
        ('<a href="//h.example/x">l</a>', '<a href="https://h.example/x" rel="noopener noreferrer">l</a>'),
        ('<a href="mailto:a@b.example">l</a>', '<a href="mailto:a@b.example" rel="noopener noreferrer">l</a>'),
        ('<img src="i.png" onerror="x()">', '<img src="https://a.example/b/i.png">'),
    ],
)
def test_addresses_in_html_are_absolute(source, cleaned):
    assert html(source) == cleaned


@pytest.mark.case("P08")
@pytest.mark.parametrize(
    "source",
    [
        "<!--><script>alert(1)</script>-->",
        '<a href="java&#9;script:alert(1)">x</a>',
        '<a href="javascript&colon;alert(1)">x</a>',
        '<a href="&#1;javascript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
        '<svg><animate attributeName=href values="javascript:alert(1)"/><set to="javascript:alert(1)"></svg>',
        '<img src="javascript:alert(1)" onerror=alert(1)>',
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<math><mtext><script>alert(1)</script></mtext></math>",
        '<p style="background:url(javascript:alert(1))" onmouseover=alert(1)>x</p>',
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    ],
)
def test_p08_nothing_runs_in_what_we_keep(source):
    cleaned = html("<p>before</p>" + source).lower()
    assert cleaned.startswith("<p>before</p>")
    for forbidden in (
        "<script",
        "javascript:",
        "data:",
        "onerror",
        "onmouseover",
        "<svg",
        "<iframe",
        "style=",
        "srcdoc",
    ):
        assert forbidden not in cleaned.replace("title='", "")


@pytest.mark.case("P14")
@pytest.mark.parametrize(
    ("value", "kind", "title"),
    [
        ("<b>Bold</b> &amp; new", "html", "Bold & new"),
        ("R&amp;amp;D", "html", "R&D"),
        ("1 < 2", "text", "1 < 2"),
        ("&lt;video&gt;", "html", "<video>"),
        ("&amp;lt;video&amp;gt;", "html", "<video>"),
        (" a\n b ", "text", "a b"),
        ("<b> </b>", "html", None),
        ("a\u202eb\u200bc", "text", "a\u202eb\u200bc"),
        ("\U0001f600", "text", "\U0001f600"),
        ("x" * 1_000_000, "text", "x" * 1_999 + "…"),
    ],
)
def test_p14_titles_are_one_line_of_text(value, kind, title):
    assert title_of(Markup(value, kind, BASE)) == title


def test_a_picture_of_one_pixel_is_no_picture():
    body = body_of(Markup('<img src="p.gif" width="1" height="1"><img src="i.png" width="640px">', "html", BASE))
    assert (body.image.url, body.image.width) == ("https://a.example/b/i.png", 640)


def test_an_empty_line_at_the_beginning_of_pre_stays_however_often_it_is_read():
    once = body_of(Markup("<pre>\n\n\tcode</pre>", "html", BASE)).html
    assert once == body_of(Markup(once, "html", BASE)).html == "<pre>\n\n\tcode</pre>"


@pytest.mark.case("P03")
@pytest.mark.parametrize("tag", ["div", "pre", "b", "span", "table", "x-y"])
def test_p03_html_nested_deeper_than_people_write_is_read_as_text(tag):
    body = body_of(Markup("before" + f"<{tag}>" * 50_000 + "after", "html", BASE))
    assert body.html == "<p>before</p><p>after</p>"
    assert body.text == "before\nafter"


@pytest.mark.case("P03")
@pytest.mark.parametrize("source", ["<p>one<br>" * 2_000, "<div><p>one</p></div>" * 2_000, "<ul><li>one</ul>" * 2_000])
def test_p03_long_html_is_not_deep(source):
    assert text(source).split("\n") == ["one"] * 2_000
