"""Parsing opens no file and no socket, whatever a document asks for: an audit hook watches, in a process of its own."""

import json
import subprocess
import sys

import pytest
from checkout import ROOT

FEEDS = ROOT / "tests" / "feeds"

# The child reads its documents first, then parses an ordinary one of each format so that all imports are done, and
# then watches. What the interpreter does to itself (compile, exec, object.*) is no access to anything outside.
CHILD = """
import json, sys

from feedriver.errors import ParseError
from feedriver.parse import parse

warm, watched = (
    [(name, bytes.fromhex(body), kind) for name, body, kind in part] for part in json.load(sys.stdin)
)
FORBIDDEN = (
    "open", "os.", "socket.", "urllib.", "subprocess.", "http.", "ftplib.", "smtplib.", "shutil.", "tempfile.",
    "glob.", "pathlib.", "ctypes.", "mmap.", "webbrowser.", "import", "pty.", "fcntl.", "signal.",
)
seen, watching = [], False


def hook(event, arguments):
    if watching and event.startswith(FORBIDDEN):
        seen.append([event, repr(arguments)[:200]])


def read(name, body, kind):
    before, outcome = len(seen), "ParseError"
    try:
        outcome = str(len(parse(body, "https://paper.example/feed", kind).items))
    except ParseError:
        pass
    return name, outcome, seen[before:]


sys.addaudithook(hook)
for each in warm:
    read(*each)
watching = True
found = [read(*each) for each in watched]
if "--prove" in sys.argv:
    open(sys.executable, "rb").close()
    found = seen
watching = False
print(json.dumps(found))
"""


def rss(inside, prolog="", attributes=""):
    return (
        f'<?xml version="1.0"?>{prolog}<rss version="2.0" {attributes}><channel><title>Paper</title>'
        f"<item><guid>1</guid><title>One</title>{inside}</item></channel></rss>"
    ).encode()


def story(text):
    return f"<description>{text}</description>"


HOSTILE = {
    "a name of a file": b"/proc/self/environ",
    "a name of another": b"/etc/passwd",
    "the runtime's address": b"http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
    "an address of a file": b"file:///proc/self/environ",
    "an ftp address": b"ftp://127.0.0.1/feed.xml",
    "a name in the folder": b"pyproject.toml",
    "external entity": rss(story("&e;"), '<!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
    "external entity over http": rss(story("&e;"), '<!DOCTYPE rss [<!ENTITY e SYSTEM "http://127.0.0.1:9001/">]>'),
    "public entity": rss(story("&e;"), '<!DOCTYPE rss [<!ENTITY e PUBLIC "x" "http://127.0.0.1:9001/">]>'),
    "entity in the guid": rss("<link>&e;</link>", '<!DOCTYPE rss [<!ENTITY e SYSTEM "/etc/hostname">]>'),
    "parameter entity": rss(
        story("&a;"), '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1:9001/evil.dtd"> %p; <!ENTITY a "a">]>'
    ),
    "parameter entity of a file": rss(
        story("a"), '<!DOCTYPE rss [<!ENTITY % f SYSTEM "file:///etc/hostname"><!ENTITY % g "%f;"> %g;]>'
    ),
    "external dtd": rss(story("a"), '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9001/rss.dtd">'),
    "external dtd in a file": rss(story("a"), '<!DOCTYPE rss SYSTEM "file:///etc/passwd">'),
    "public dtd of netscape": rss(
        story("&eacute;"),
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://127.0.0.1:9001/rss-0.91.dtd">',
    ),
    "stylesheet": rss(story("a"), '<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:9001/evil.xsl"?>'),
    "stylesheet of a file": rss(story("a"), '<?xml-stylesheet type="text/css" href="file:///etc/passwd"?>'),
    "xinclude": rss(
        '<description><xi:include href="file:///etc/passwd" parse="text"/></description>',
        attributes='xmlns:xi="http://www.w3.org/2001/XInclude"',
    ),
    "xml:base of a file": rss(
        "<link>../passwd</link><description>&lt;img src='passwd'&gt;</description>",
        attributes='xml:base="file:///etc/"',
    ),
    "schema location": rss(
        story("a"),
        attributes='xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x file:///etc/passwd"',
    ),
    "links of every kind": rss(
        "<link>file:///etc/passwd</link><enclosure url='http://127.0.0.1:9001/' length='1' type='audio/mpeg'/>"
        + story("&lt;img src='file:///etc/passwd'&gt;&lt;iframe src='http://127.0.0.1:9001/'&gt;")
    ),
    "atom content from elsewhere": (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>P</title><entry><id>1</id><title>One</title>'
        b'<content type="text/html" src="file:///etc/passwd"/></entry></feed>'
    ),
    "json feed": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "next_url": "http://127.0.0.1:9001/",
            "icon": "file:///etc/passwd",
            "items": [{"id": "1", "external_url": "file:///etc/passwd", "content_text": "a"}],
        }
    ).encode(),
    "a page": b'<html><head><link rel="alternate" type="application/rss+xml" href="http://127.0.0.1:9001/"></head></html>',
    "cut short": rss(story("&e;"), '<!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/passwd">]>')[:-20],
}
ORDINARY = sorted(path for path in FEEDS.iterdir() if path.suffix != ".json")


def child(watched, *arguments):
    warm = [(path.name, path.read_bytes().hex(), None) for path in ORDINARY]
    # The broken ones too: the ways that a document goes wrong import their own.
    warm += [(name, body.hex(), None) for name, body in HOSTILE.items()]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments],
        input=json.dumps([warm, watched]),
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def results():
    watched = [(f"{name} as {kind}", body.hex(), kind) for name, body in HOSTILE.items() for kind in (None, "text/xml")]
    watched += [(path.name, path.read_bytes().hex(), None) for path in ORDINARY]
    return {name: (outcome, seen) for name, outcome, seen in child(watched)}


@pytest.mark.case("S09", "S10", "S11")
@pytest.mark.parametrize("kind", [None, "text/xml"])
@pytest.mark.parametrize("name", HOSTILE)
def test_s09_s10_a_document_that_names_files_and_hosts_opens_none(results, name, kind):
    outcome, seen = results[f"{name} as {kind}"]
    assert seen == []
    if not HOSTILE[name].startswith(b"<"):
        assert outcome == ("1" if name == "json feed" else "ParseError")


@pytest.mark.case("S09")
@pytest.mark.parametrize("name", [path.name for path in ORDINARY])
def test_s09_an_ordinary_feed_opens_nothing_either(results, name):
    outcome, seen = results[name]
    assert seen == []
    assert int(outcome) > 0


def test_the_hook_sees_a_file_that_is_opened():
    assert child([], "--prove")[0][0] == "open"
