import pytest

from feedriver.errors import FetchCode, FetchError
from feedriver.fetch.target import TargetPolicy, follow

WEB = TargetPolicy(frozenset({80, 443}), allow_private=False)
ANY = TargetPolicy(None, allow_private=True)


def at(url, policy=WEB):
    return policy.target(url, feed="http://feed.example/", code=FetchCode.BAD_URL)


@pytest.mark.parametrize(
    "target",
    [
        "/feed",
        "/a%2Fb/c%20d",
        "/a+b?c+d=e+f",
        "/?b=2&a=1&a=0;c",
        "/%E6%97%A5%e6%9c%ac",
        "/a//b/../c/./d",
        "/x?url=http%3A%2F%2Fh%2F&next=http://h/?y",
        "/tags[]=1?ids[]=2",
        "/~user;v=1,2/@me:$!*'()",
        "/100%zz%",
    ],
)
def test_what_a_url_asks_for_goes_out_byte_for_byte(target):
    aimed = at(f"http://host.example{target}")
    assert aimed.wire_url.raw_path_qs == target
    assert aimed.url == f"http://host.example{target}"


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("http://host.example", "http://host.example/"),
        ("http://host.example?q=1", "http://host.example/?q=1"),
        ("HTTP://Host.Example:80/A#part", "http://host.example/A"),
        ("https://host.example:443/", "https://host.example/"),
        ("http://host.example/a b?c d", "http://host.example/a%20b?c%20d"),
        ("http://host.example/日本?é", "http://host.example/%E6%97%A5%E6%9C%AC?%C3%A9"),
        ('http://host.example/<a>"|\\^`{}', "http://host.example/%3Ca%3E%22%7C%5C%5E%60%7B%7D"),
        ("http://Bücher.Example/", "http://xn--bcher-kva.example/"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
    ],
)
def test_what_may_not_stand_in_a_url_is_encoded_and_nothing_else(url, spelled):
    assert at(url).url == spelled


@pytest.mark.case("S06", "S13", "S14")
@pytest.mark.parametrize(
    "url",
    [
        "",
        "host.example/feed",
        "//host.example/feed",
        " http://host.example/",
        "file:///proc/self/environ",
        "ftp://host.example/",
        "gopher://host.example/",
        "data:text/xml,<rss/>",
        "jar:http://host.example/!/",
        "feed:http://host.example/",
        "javascript:alert(1)",
        "http:host.example/",
        "http:///feed",
        "http://?q",
        "http://host.example:65536/",
        "http://host.example:port/",
        "http://[::1/",
        "http://good.example\\@127.0.0.1/",
        "http://a b/",
        "http://exa%6Dple.org/",
        "http://host.example/\x00",
        "http://host.example/a\r\nX-Header: 1",
        "http://user:pw@host.example/",
        "http://user@host.example/",
        "http://" + "@" * 1_000 + "host.example/",
        "http://host.example/" + "a" * 100_000,
        "http://host.example/" + "%" * 2_048,
    ],
)
def test_s06_s13_s14_what_is_no_url_of_a_feed_is_refused(url):
    with pytest.raises(FetchError) as refused:
        at(url)
    assert refused.value.code is FetchCode.BAD_URL


@pytest.mark.case("S13")
def test_s13_a_refusal_for_credentials_does_not_repeat_them():
    with pytest.raises(FetchError, match="the URL holds credentials before @") as refused:
        at("http://user:canary@host.example/")
    assert "canary" not in str(refused.value)


@pytest.mark.case("S08")
@pytest.mark.parametrize("port", [0, 22, 25, 6379, 8080, 9001, 11211, 65535])
def test_s08_a_port_that_is_not_allowed_is_refused(port):
    with pytest.raises(FetchError, match=f"port {port} is not allowed") as refused:
        at(f"http://host.example:{port}/")
    assert refused.value.code is FetchCode.BLOCKED_ADDRESS


@pytest.mark.case("S08")
def test_s08_a_port_may_be_allowed_by_name():
    policy = TargetPolicy(frozenset({8080}), allow_private=False)
    assert at("http://host.example:8080/", policy).wire_url.port == 8080
    assert at("http://host.example:9001/", ANY).wire_url.port == 9001


@pytest.mark.case("S04", "S05")
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "169.254.169.254",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::1]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[fe80::1%25eth0]",
        "[fd00:ec2::254]",
    ],
)
def test_s04_s05_an_inward_address_is_refused_however_it_is_spelled(host):
    with pytest.raises(FetchError) as refused:
        at(f"http://{host}/")
    assert refused.value.code is FetchCode.BLOCKED_ADDRESS


@pytest.mark.case("F29")
@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("http://b.example/x", "http://b.example/x"),
        ("/x", "http://a.example/x"),
        ("x", "http://a.example/dir/x"),
        ("../x", "http://a.example/x"),
        ("?q=2", "http://a.example/dir/feed?q=2"),
        ("//b.example/x", "http://b.example/x"),
        ("https://b.example/#part", "https://b.example/"),
        ("/a b", "http://a.example/a%20b"),
        ("  /padded\t", "http://a.example/padded"),
        ("/日本".encode().decode("latin-1"), "http://a.example/%E6%97%A5%E6%9C%AC"),
        ("/caf\xe9", "http://a.example/caf%E9"),
        ("http://bücher.example/".encode().decode("latin-1"), "http://xn--bcher-kva.example/"),
    ],
)
def test_f29_a_location_is_resolved_against_where_it_was_given(location, leads_to):
    assert at(follow("http://a.example/dir/feed?q=1", location)).url == leads_to


@pytest.mark.case("F29")
@pytest.mark.parametrize("location", ["", "  ", "/" * 3_000, "http://[::1"])
def test_f29_a_location_that_leads_nowhere_is_none(location):
    followed = follow("http://a.example/", location)
    if followed is not None:
        with pytest.raises(FetchError):
            at(followed)
