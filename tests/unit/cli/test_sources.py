import pytest
from fakes.calls import START
from fakes.secrets import FakeSecrets
from fakes.states import FakeStates

from feedriver.cli.sources import addresses, register_all
from feedriver.errors import InputError
from feedriver.registry import Registry

OPML = """<opml version="2.0"><body><outline text="News">
<outline xmlUrl="https://a.example/feed"/><outline xmlUrl="https://b.example/feed"/></outline></body></opml>"""


@pytest.fixture
def listing(tmp_path):
    """A list of two feeds in OPML."""
    path = tmp_path / "feeds.opml"
    path.write_text(OPML, encoding="utf-8")
    return str(path)


@pytest.fixture
def registry():
    return Registry(FakeStates(), FakeSecrets())


@pytest.mark.parametrize(
    "source",
    ["https://a.example/feed", "feed:a.example", "FEED://a.example", "gopher://a.example/", "file:/x", "data:,"],
)
def test_an_address_of_any_scheme_is_one_source_which_the_registry_judges(source):
    assert list(addresses(source)) == [source]


def test_a_file_is_a_list_of_feeds(listing):
    assert list(addresses(listing)) == ["https://a.example/feed", "https://b.example/feed"]


@pytest.mark.parametrize("source", ["nonsense", "a.example/feed", "", "/nowhere/feeds.opml", "."])
def test_what_is_neither_an_address_nor_a_file_is_refused(source):
    with pytest.raises(InputError, match="neither a feed's address"):
        list(addresses(source))


def test_what_is_refused_is_shown_without_its_secrets():
    with pytest.raises(InputError) as refused:
        list(addresses("ann@a.example/feed?token=canary"))
    assert "canary" not in str(refused.value)
    assert "ann" not in str(refused.value)


def test_a_file_that_is_no_list_of_feeds_is_named(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(InputError, match=r"picture\.png: .*no well-formed XML"):
        list(addresses(str(path)))


def test_all_feeds_are_registered_and_named_in_order(registry, listing, capsys):
    known, bad = register_all(registry, ["https://c.example/feed", listing], START)
    assert (known, bad) == (["https://c.example/feed", "https://a.example/feed", "https://b.example/feed"], 0)
    assert sorted(state.url for state in registry.states.every()) == sorted(known)
    assert capsys.readouterr().err == ""


def test_each_source_that_is_bad_is_a_line_and_does_not_stop_the_others(registry, capsys):
    sources = ["nonsense", "gopher://a.example/", "https://a.example/feed"]
    assert register_all(registry, sources, START) == (["https://a.example/feed"], 2)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("feedriver: nonsense: neither")
    assert second.startswith("feedriver: gopher://a.example/: not a feed's address")


def test_a_feed_that_was_known_is_named_again(registry):
    register_all(registry, ["https://a.example/feed"], START)
    assert register_all(registry, ["https://A.example/feed"], START) == (["https://a.example/feed"], 0)


def test_credentials_are_kept_apart_and_not_in_the_addresses_that_are_named(registry):
    known, _ = register_all(registry, ["https://ann:canary@a.example/feed?token=canary"], START)
    assert known == ["https://a.example/feed"]
    (secret,) = registry.secrets.kept.values()
    assert secret.query == "token=canary"


def test_an_address_that_may_hold_a_key_is_registered_and_warned_of(registry, capsys):
    known, bad = register_all(registry, ["https://a.example/feed/9f86d081884c7d659a2feaa0c55ad015"], START)
    assert (len(known), bad) == (1, 0)
    assert capsys.readouterr().err.startswith("feedriver: https://a.example: the part 9f86… of its address")


@pytest.mark.parametrize("new_only", [True, False])
def test_what_a_feed_holds_at_first_is_announced_unless_only_what_is_new_is_wanted(registry, new_only):
    register_all(registry, ["https://a.example/feed"], START, new_only=new_only)
    assert [state.new_only for state in registry.states.every()] == [new_only]
