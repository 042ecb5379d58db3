"""`feedriver feeds`: in, listed, out and back in again."""

from __future__ import annotations

import base64
import json

import pytest
from website import Page

from feedriver import opml
from feedriver.aws.stack import Stack
from feedriver.decide import flood
from feedriver.errors import InputError
from feedriver.urls import feed_id


@pytest.fixture
def feeds(feedriver, river, tmp_path):
    return lambda *arguments: feedriver("feeds", *arguments, "--data", tmp_path / "data")


def listed(feeds) -> list[dict[str, object]]:
    return json.loads(feeds("list", "--json").out)


def test_a_feed_is_added_once_however_its_address_is_spelled(feeds):
    said = feeds("add", "HTTPS://A.example:443", "https://a.example/", "feed:https://b.example/rss")
    assert said.code == 0
    assert said.out.splitlines() == [
        "added: https://a.example/",
        "known: https://a.example/",
        "added: https://b.example/rss",
    ]
    assert [feed["url"] for feed in listed(feeds)] == ["https://a.example/", "https://b.example/rss"]


def test_the_list_as_json_is_the_documented_shape(feeds):
    feeds("add", "https://a.example/?token=1")
    said = feeds("list", "--json")
    (feed,) = json.loads(said.out)
    assert said.err == ""
    assert list(feed) == ["feed_id", "url", "title", "every", "state", "failing", "held"]
    assert (feed["url"], feed["title"], feed["every"], feed["state"], feed["failing"]) == (
        "https://a.example/",
        None,
        60,
        "new",
        None,
    )


def test_the_list_says_how_each_feed_is(feeds, feedriver, origin, tmp_path):
    origin.pages |= {"/well": Page(), "/gone": Page(410, b"")}
    addresses = [f"{origin.url}/{path}" for path in ("well", "gone", "failing")]
    feedriver("run", *addresses, "--allow-private", "--json", "--data", tmp_path / "data")
    states = {feed["url"].rpartition("/")[2]: feed for feed in listed(feeds)}
    assert {name: feed["state"] for name, feed in states.items()} == {
        "well": "well",
        "gone": "gone",
        "failing": "failing",
    }
    assert states["well"]["title"] == "The Weir"
    assert set(states["failing"]["failing"]) == {"code", "detail", "count", "since"}
    assert states["failing"]["failing"]["code"] == "http_404"
    table = feeds("list").out
    assert "The Weir" in table
    assert "failing: http_404 (1 in a row)" in table


def test_what_is_held_of_a_flood_is_listed_shown_and_released_once(feeds, feedriver, origin, tmp_path, monkeypatch):
    monkeypatch.setattr(flood, "LEAST", 2)
    monkeypatch.setattr(flood, "TIMES", 0)
    url, site = f"{origin.url}/rss", Page()
    run = ("run", url, "--all", "--allow-private", "--json", "--data", tmp_path / "data")
    origin.pages["/rss"] = site
    feedriver(*run)
    new = b"".join(b"<item><guid>n%d</guid><title>New %d</title></item>" % (number, number) for number in range(5))
    origin.pages["/rss"] = Page(body=site.body.replace(b"<item>", new + b"<item>", 1))
    (feed,) = json.loads(feedriver(*run).out)["feeds"]
    assert (feed["outcome"], feed["new"]) == ("published", 2)
    assert feed["why"].startswith("a flood: 3 entries held, `feedriver feeds release` announces them")
    assert [each["held"] for each in listed(feeds)] == [3]
    assert "3 entries held" in feeds("list").out
    assert json.loads(feeds("show", url, "--json").out)["held"] == 3
    assert "3 entries of a flood: see `feedriver feeds release`" in feeds("show", url).out
    done = json.loads(feeds("release", url, "--json").out)
    assert done == {"feed_id": feed_id(url), "url": url, "entries": 3, "objects": 1, "unreadable": []}
    assert feeds("release", feed_id(url)).out == f"released: 0 entries of {url}\n"
    assert [each["held"] for each in listed(feeds)] == [0]


def test_freshness_and_floor_are_set_for_one_feed_shown_and_taken_back(feeds):
    feeds("add", "https://a.example/")
    assert feeds("set", "https://a.example/", "--freshness", "eager", "--floor", "5").out.strip() == (
        "set: https://a.example/: eager, 5 min apart at least"
    )
    shown = json.loads(feeds("show", "https://a.example/", "--json").out)
    assert (shown["freshness"], shown["floor"]) == ("eager", 5)
    assert "freshness eager; 5 min apart at least" in feeds("show", "https://a.example/").out
    assert feeds("set", "https://a.example/", "--freshness", "stack").code == 0
    shown = json.loads(feeds("show", "https://a.example/", "--json").out)
    assert (shown["freshness"], shown["floor"]) == (None, 5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "nothing to set: give --freshness or --floor"),
        (("--freshness", "quick"), "no such freshness: quick; one of economy, thrifty, balanced, eager, or stack"),
    ],
)
def test_what_cannot_be_set_is_one_line_and_exit_1(feeds, options, said):
    feeds("add", "https://a.example/")
    done = feeds("set", "https://a.example/", *options)
    assert (done.code, done.err.strip()) == (1, f"feedriver: {said}")


def test_a_floor_below_five_minutes_is_refused(feeds):
    feeds("add", "https://a.example/")
    assert feeds("set", "https://a.example/", "--floor", "4").code == 2


def test_a_release_of_a_feed_that_is_not_there_is_one_line_and_exit_1(feeds):
    said = feeds("release", "https://nobody.example/")
    assert (said.code, said.out) == (1, "")
    assert "not there: https://nobody.example/" in said.err


def test_an_empty_list_says_how_to_add_a_feed(feeds):
    assert feeds("list").out == "No feeds. Add one: feedriver feeds add URL\n"
    assert listed(feeds) == []


def test_a_bad_address_is_one_line_exit_1_and_the_others_are_added(feeds):
    said = feeds("add", "file:///etc/passwd", "https://a.example/")
    assert (said.code, said.out) == (1, "added: https://a.example/\n")
    assert len(said.err.splitlines()) == 1
    assert "http:// or https://" in said.err


def test_a_removed_feed_is_gone_from_the_list_and_what_was_not_there_is_said(feeds):
    feeds("add", "https://a.example/", "https://b.example/")
    said = feeds("remove", "HTTPS://a.example")
    assert (said.code, said.out) == (0, "removed: https://a.example/\n")
    said = feeds("remove", "https://a.example/", "https://b.example/")
    assert (said.code, said.out) == (1, "removed: https://b.example/\n")
    assert said.err == "feedriver: not there: https://a.example/; see `feedriver feeds list`\n"
    assert listed(feeds) == []


def test_what_is_exported_can_be_imported(feeds, tmp_path):
    wanted = ["https://a.example/?x=1&y=2", "https://b.example/"]
    feeds("add", *wanted)
    exported = feeds("export").out.encode()
    assert sorted(outline.url for outline in opml.read(exported, "export")) == wanted
    (tmp_path / "mine.opml").write_bytes(exported)
    feeds("remove", *wanted)
    said = feeds("import", tmp_path / "mine.opml")
    assert (said.code, said.out) == (0, "2 feeds read from OPML\n")
    assert sorted(feed["url"] for feed in listed(feeds)) == wanted


def test_an_import_that_cannot_be_read_is_one_line_and_exit_1(feeds, tmp_path):
    said = feeds("import", tmp_path / "missing.opml")
    assert said.code == 1
    assert len(said.err.splitlines()) == 1
    (tmp_path / "empty.opml").write_text('<opml version="2.0"><body/></opml>')
    said = feeds("import", tmp_path / "empty.opml")
    assert said.code == 1
    assert "there is no feed in this OPML" in said.err


def test_a_stack_that_is_not_there_is_one_line(feeds, monkeypatch):
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "AWS_PROFILE": "nobody"}.items():
        monkeypatch.setenv(name, value)
    said = feeds("list", "--stack", "nowhere")
    assert (said.code, said.out) == (1, "")
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("feedriver: stack nowhere: ")


PRIVATE = "https://ann:canary-1@a.example/rss?token=canary-2"


def parameters(river) -> list[str]:
    return [each["Name"] for each in river.clients("ssm").describe_parameters()["Parameters"]]


@pytest.mark.case("S13")
def test_s13_credentials_go_into_the_parameter_store_and_are_never_shown(feeds, river):
    said = [
        feeds("add", PRIVATE),
        feeds(
            "add", "https://b.example/", "--user", "ann:canary-3", "--header", "X-Key: canary-4", "--header", "X-B: 5"
        ),
        feeds("list"),
        feeds("list", "--json"),
        feeds("export"),
    ]
    assert [each.code for each in said] == [0] * 5
    assert said[0].out == "added: https://a.example/rss\n"
    assert not any("canary" in each.out + each.err for each in said)
    assert [feed["url"] for feed in listed(feeds)] == ["https://a.example/rss", "https://b.example/"]
    assert sorted(parameters(river)) == sorted(f"/feedriver/feedriver/{feed['feed_id']}" for feed in listed(feeds))
    kept = river.secrets.load([feed["feed_id"] for feed in listed(feeds)])
    assert {name for secret in kept.values() for name, _ in secret.headers} == {"Authorization", "X-Key", "X-B"}
    table = river.clients("dynamodb").scan(TableName=river.stack["StateTable"])["Items"]
    assert "canary" not in str(table)


def test_a_stack_of_an_older_version_is_told_to_be_deployed_first():
    with pytest.raises(InputError, match="stack old has no output SecretsPrefix: deploy this version"):
        Stack("old", {"StateTable": "x"})["SecretsPrefix"]


def test_new_credentials_take_the_place_of_the_old(feeds, river):
    for user, verdict in (("ann:canary-1", "added"), ("ann:canary-2", "updated"), ("ann:canary-2", "known")):
        assert feeds("add", "https://a.example/", "--user", user).out == f"{verdict}: https://a.example/\n"
    assert len(parameters(river)) == 1


def test_an_export_says_once_that_it_holds_no_credentials(feeds):
    feeds("add", PRIVATE, "https://ann:canary-1@b.example/", "https://c.example/")
    said = feeds("export")
    assert said.err == "feedriver: credentials are not exported: 2 of these feeds will need theirs again\n"
    assert said.out.count("xmlUrl=") == 3


@pytest.mark.parametrize("wanted", [PRIVATE, "https://a.example/rss"])
def test_a_private_feed_is_removed_with_its_credentials(wanted, feeds, river):
    feeds("add", PRIVATE)
    assert feeds("remove", wanted).out == "removed: https://a.example/rss\n"
    assert (listed(feeds), parameters(river)) == ([], [])


def test_a_feed_is_removed_by_its_id(feeds):
    feeds("add", PRIVATE)
    (feed,) = listed(feeds)
    assert feeds("remove", feed["feed_id"]).out == "removed: https://a.example/rss\n"
    said = feeds("remove", feed["feed_id"])
    assert (said.code, said.err) == (1, f"feedriver: not there: {feed['feed_id']}; see `feedriver feeds list`\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--user", "canary"),
            "--user canary: no password: give --password-file FILE or set FEEDRIVER_PASSWORD; a terminal is asked",
        ),
        (
            ("--header", "Host: canary"),
            "--header Host: feedriver sets this header itself, or never sends it; leave it out",
        ),
    ],
)
def test_credentials_that_cannot_be_used_are_one_line_and_exit_1(options, said, feeds):
    refused = feeds("add", "https://a.example/", *options)
    assert (refused.code, refused.out, refused.err) == (1, "", f"feedriver: {said}\n")
    assert listed(feeds) == []


@pytest.mark.case("X11")
def test_x11_a_password_is_read_from_a_file_or_the_environment_and_an_argument_is_complained_of(
    feeds, river, tmp_path, monkeypatch
):
    (tmp_path / "password").write_text("canary-1\n")
    said = [feeds("add", "https://a.example/", "--user", "ann", "--password-file", tmp_path / "password")]
    monkeypatch.setenv("FEEDRIVER_PASSWORD", "canary-2")
    said.append(feeds("add", "https://b.example/", "--user", "ann"))
    said.append(feeds("add", "https://c.example/", "--user", "ann:canary-3"))
    assert [each.code for each in said] == [0, 0, 0]
    assert [each.err for each in said[:2]] == ["", ""]
    assert "--user: a password in an argument is seen by other users" in said[2].err
    assert not any("canary" in each.out + each.err for each in said)
    kept = river.secrets.load([feed["feed_id"] for feed in listed(feeds)])
    assert {secret.headers[0] for secret in kept.values()} == {
        ("Authorization", "Basic " + base64.b64encode(f"ann:canary-{number}".encode()).decode()) for number in (1, 2, 3)
    }


@pytest.mark.case("X11")
def test_x11_a_terminal_is_asked_for_the_password(feeds, river, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda asked: {"Password of ann: ": "canary-1"}[asked])
    assert feeds("add", "https://a.example/", "--user", "ann").code == 0
    assert len(parameters(river)) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--password-file", "x"), "--password-file: give --user NAME beside it"),
        (("--user", "a:canary", "--password-file", "x"), "--password-file: there is a password in --user already"),
        (("--user", "a", "--password-file", "/nowhere/x"), "--password-file /nowhere/x: No such file or directory"),
    ],
)
def test_a_password_that_is_not_there_is_one_line_and_exit_1(options, said, feeds):
    refused = feeds("add", "https://a.example/", *options)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith(f"feedriver: {said}")
    assert "canary" not in refused.err


@pytest.mark.case("T03")
def test_t3_what_only_a_person_knows_is_secret_where_she_says_so(feeds, river):
    address = "https://a.example/private/canary-1/audio.rss?feed_token=canary-2"
    said = [
        feeds("add", "--secret", "https://a.example/private/{canary-1}/audio.rss?feed_token=canary-2"),
        feeds("add", "--secret", "https://b.example/canary-3?x=canary-4"),
        feeds("add", "--secret", "https://{canary-5}.example/"),
        feeds("list"),
        feeds("export"),
    ]
    assert [each.code for each in said] == [0, 0, 1, 0, 0]
    assert said[0].out == "added: https://a.example/private/***/audio.rss\n"
    assert said[1].out == "added: https://b.example/***\n"
    assert "put braces around what is secret of a path or query" in said[2].err
    assert not any("canary" in each.out + each.err for each in said)
    kept = river.secrets.load([feed["feed_id"] for feed in listed(feeds)])
    assert {secret.address for secret in kept.values()} == {address, "https://b.example/canary-3?x=canary-4"}
    assert "canary" not in str(river.clients("dynamodb").scan(TableName=river.stack["StateTable"])["Items"])
    assert feeds("remove", address).out == "removed: https://a.example/private/***/audio.rss\n"
    assert feeds("remove", "https://b.example/***").out == "removed: https://b.example/***\n"


@pytest.mark.case("T03")
def test_t3_an_address_that_was_added_in_the_open_is_shown_no_more_once_it_is_said_to_be_secret(feeds, river):
    feeds("add", "https://a.example/private/3f9a1c77e0b24d5896aa/feed")
    said = feeds("add", "--secret", "https://a.example/private/{3f9a1c77e0b24d5896aa}/feed")
    assert said.out == "updated: https://a.example/private/***/feed\n"
    assert [feed["url"] for feed in listed(feeds)] == ["https://a.example/private/***/feed"]


@pytest.mark.case("T03")
def test_t3_a_secret_address_stays_secret_when_the_feed_is_given_a_password(feeds, river):
    feeds("add", "--secret", "https://a.example/private/{canary-1}/feed")
    assert feeds("add", "https://a.example/private/canary-1/feed", "--user", "ann:canary-2").code == 0
    (secret,) = river.secrets.load([feed["feed_id"] for feed in listed(feeds)]).values()
    assert secret.address == "https://a.example/private/canary-1/feed"
    assert [name for name, _ in secret.headers] == ["Authorization"]
    assert [feed["url"] for feed in listed(feeds)] == ["https://a.example/private/***/feed"]


@pytest.mark.case("T03")
def test_t3_a_part_of_an_address_that_looks_like_a_key_is_warned_of_once_it_is_added(feeds, tmp_path):
    address = "https://a.example/private/3f9a1c77e0b24d5896aa/feed"
    (tmp_path / "mine.opml").write_text(f'<opml version="2.0"><body><outline xmlUrl="{address}"/></body></opml>')
    for said in (feeds("add", address), feeds("import", tmp_path / "mine.opml")):
        assert said.code == 0
        assert "https://a.example: the part 3f9a… of its address looks like a key" in said.err
        assert "3f9a1c77e0b24d5896aa" not in said.err
    assert feeds("add", "https://b.example/2026/feed").err == ""


def test_an_import_takes_credentials_too(feeds, tmp_path, river):
    outline = '<outline text="a" xmlUrl="https://ann:canary-1@a.example/rss"/>'
    (tmp_path / "mine.opml").write_text(f'<opml version="2.0"><body>{outline}</body></opml>')
    assert feeds("import", tmp_path / "mine.opml").code == 0
    assert [feed["url"] for feed in listed(feeds)] == ["https://a.example/rss"]
    assert len(parameters(river)) == 1


@pytest.mark.case("I16")
def test_i16_feeds_that_were_added_with_new_only_bring_nothing_of_what_they_hold_and_the_others_all(
    feeds, feedriver, origin, tmp_path
):
    origin.pages |= {"/added": Page(), "/imported": Page(), "/whole": Page()}
    (tmp_path / "mine.opml").write_text(
        f'<opml version="2.0"><body><outline xmlUrl="{origin.url}/imported"/></body></opml>'
    )
    assert feeds("add", f"{origin.url}/added", "--new-only").code == 0
    assert feeds("import", tmp_path / "mine.opml", "--new-only").code == 0
    assert feeds("add", f"{origin.url}/whole").code == 0
    feedriver("run", "--allow-private", "--json", "--data", tmp_path / "data")
    polls = {
        name: json.loads(feeds("show", f"{origin.url}/{name}", "--json").out)["polls"][0]
        for name in ("added", "imported", "whole")
    }
    assert [polls[name]["new"] for name in ("added", "imported")] == [0, 0]
    assert polls["whole"]["new"] > 0
    said = f"{polls['whole']['new']} entries of the first document marked as seen"
    assert all(said in polls[name]["why"] for name in ("added", "imported"))
