import pytest

from feedriver.parse.normalize.sanitize import sanitized

BASE = "https://a.example/b/c"


def cleaned(html, base=BASE):
    return sanitized(html, base)


@pytest.mark.parametrize(
    "html",
    [
        "<p>One <b>two</b> <i>three</i> <em>four</em></p>",
        "<section><main><address>a</address></main></section>",
        "<table><thead><tr><th>h</th></tr></thead><tbody><tr><td>d</td></tr></tbody><tfoot></tfoot></table>",
        '<p lang="de" title="t">a</p>',
        "<ul><li>a</li></ul><blockquote>q</blockquote><pre>x</pre>",
    ],
)
def test_what_people_write_stays_as_it_is(html):
    assert cleaned(html) == html


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("a<script>x()</script>b", "ab"),
        ("a<style>p{}</style>b", "ab"),
        ("<p onclick=x() style='color:red' class=c id=i>a</p>", "<p>a</p>"),
        ("<iframe src=//x></iframe>a", "a"),
        ("<form action=/x><input><button>a</button></form>", "a"),
        ("<svg><script>x()</script></svg>a", "a"),
        ("<x-y>a</x-y>", "a"),
        ("<!-- a -->b", "b"),
        ("a\x00\x1fb", "ab"),
        (" <p>a", "<p>a</p>"),
        ("<img src=x onerror=x()>", '<img src="https://a.example/b/x">'),
    ],
)
def test_what_may_run_or_is_of_no_list_is_taken_out_and_its_text_stays(html, kept):
    assert cleaned(html) == kept


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("../x?a=1&amp;b=2", "https://a.example/x?a=1&amp;b=2"),
        ("//h.example/x", "https://h.example/x"),
        ("HTTP://H.example", "http://h.example"),
        ("#part", "https://a.example/b/c#part"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("MAILTO:é@b.example", "MAILTO:%C3%A9@b.example"),
    ],
)
def test_addresses_are_absolute(address, kept):
    assert cleaned(f'<a href="{address}">l</a>') == f'<a href="{kept}" rel="noopener noreferrer">l</a>'


@pytest.mark.parametrize(
    "address",
    [
        "javascript:x()",
        "java&#9;script:x()",
        "&#1;javascript:x()",
        "data:text/html,x",
        "vbscript:x",
        "ftp://h.example/",
        "feed:x",
        "http://[",
        "x" * 2_100,
        "mailto:" + "x" * 2_100,
    ],
)
def test_an_address_of_another_scheme_or_of_no_use_is_taken_out_and_the_link_stays(address):
    assert cleaned(f'<a href="{address}">l</a>') == '<a rel="noopener noreferrer">l</a>'


def test_each_document_has_its_own_base():
    for base in ("https://a.example/", "https://b.example/"):
        assert cleaned('<blockquote cite="x">q</blockquote>', base) == f'<blockquote cite="{base}x">q</blockquote>'


@pytest.mark.parametrize("hiding", ['width="1" height="1"', "hidden", 'style="display:none"'])
def test_a_picture_that_nobody_sees_is_taken_out_and_one_that_is_seen_stays(hiding):
    seen = '<img src="https://a.example/seen.png">'
    assert cleaned(f'a<img src="pixel.gif" {hiding}>b{seen}') == f"ab{seen}"


@pytest.mark.parametrize(
    "html",
    [
        "<pre>\n\n\tcode</pre>",
        '<a href="/é?a=1&b=2" title="&quot;>">l</a>',
        "<p>&lt;b&gt; &amp;amp; \u00a0</p>",
        "<table>x<tr><td>y",
        "<p><div><p>a",
    ],
)
def test_html_that_was_sanitized_stays_the_same_when_it_is_sanitized_again(html):
    once = cleaned(html)
    assert cleaned(once) == once
