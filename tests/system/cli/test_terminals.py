"""No command lets a stranger's text steer the terminal: all that there are, on both streams, in each form."""

from __future__ import annotations

import asyncio
import io
import json
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

import pytest
import typer
from website import Page

from feedriver.cli import app as entrance
from feedriver.cli import output
from feedriver.errors import InputError, ParseError
from feedriver.keys import polls_key
from feedriver.poll.batches import Report
from feedriver.sandbox.parser import KillableParser
from feedriver.state import Failing, FeedState, Pending, Validators
from feedriver.terminal import EscapingStream

MARK = "PWNED"
# What XML can hold: C1 (a title, a colour), bidi, separators, tags. And what JSON and files can, besides.
IN_XML = (
    f"\x9d0;{MARK}\x9c \x9b31m \x7f \x85 \u202egnp.exe\u202c \u2066x\u2069 \u061c\u200e\u200f \u2028\u2029 \U000e0041"
)
HOSTILE = f"\x1b]0;{MARK}\x07 \x1b[31m\x1b[2J \x00\x08\x0b\r {IN_XML}"
NOW = datetime.now(UTC)
FEED_ID = "f00d000000000001"
KINDS = (*range(9), 11, *range(12, 0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, 0x2028, 0x2029)
KINDS += (*range(0x202A, 0x202F), *range(0x2066, 0x2070), 0xD800, 0xDC9B, 0xDFFF, 0xE0000, 0xE0041, 0xE007F)
FORBIDDEN = {chr(each) for each in (*KINDS, *range(0xD800, 0xE000), *range(0xE0000, 0xE0080))}


def steering(printed: bytes) -> set[str]:
    """The characters of `printed` that would steer, none of them ours: no test runs on a terminal."""
    return set(printed.decode("utf-8", "surrogateescape")) & FORBIDDEN


def rss(title: str) -> str:
    text = title.replace("&", "&amp;")
    return f"""<rss version="2.0"><channel><title>{text}</title><link>https://weir.example/{text}</link>
<item><guid>{text}</guid><title>{text}</title><link>https://weir.example/1?{text}</link><category>{text}</category>
<author>{text}</author><description>{text}</description></item></channel></rss>"""


def json_feed(title: str) -> str:
    item = {"id": title, "title": title, "url": f"https://weir.example/{title}", "content_html": title}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": title, "items": [item]}
    return json.dumps(feed | {"home_page_url": f"https://weir.example/{title}"})


PAGE = f"""<html><link rel="alternate" type="application/rss+xml" href="https://x.example/{HOSTILE}" title="{HOSTILE}">
</html>"""
HEADERS = {"ETag": '"\x9b31m"', "Content-Type": "text/\x9d0;PWNED", "Content-Encoding": "\x9b2J"}


@pytest.fixture
def world(feedriver, river, origin, tmp_path, monkeypatch):
    """A river full of what strangers say, and the givens that a command may be called with."""
    origin.pages |= {
        "/rss": Page(body=rss(IN_XML).encode()),
        "/json": Page(body=json_feed(HOSTILE).encode(), headers={"Content-Type": "application/feed+json"}),
        "/page": Page(body=PAGE.encode(), headers={"Content-Type": "text/html"}),
        "/headers": Page(500, b"no", HEADERS),
        "/encoding": Page(headers=HEADERS),
        "/moved": Page(302, b"", {"Location": "/\x9b31m\x9d0;PWNED"}),
    }
    files = {}
    for name, body in (("feed.xml", rss(IN_XML)), ("feed.json", json_feed(HOSTILE)), ("page.html", PAGE)):
        path = tmp_path / f"{MARK}\x1b]0;\x9b31m\u202e{name}"
        path.write_bytes(body.encode())
        files[name] = path
    opml = tmp_path / f"{MARK}\x1b[2J\u202e.opml"
    addresses = [f"{origin.url}{path}?{IN_XML}" for path in origin.pages]
    addresses += [f"{IN_XML}://nothing", f"http://127.0.0.1:27341/{IN_XML}", f"file:///{IN_XML}"]
    outlines = "".join(f"<outline text={quoteattr(IN_XML)} xmlUrl={quoteattr(url)}/>" for url in addresses)
    opml.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>', encoding="utf-8")
    bad = tmp_path / f"{MARK}\x9b.opml"
    bad.write_text(f"<opml><{IN_XML}", encoding="utf-8")
    data = tmp_path / f"data{MARK}\x1b]0;\u202e"
    every_river(monkeypatch, lambda: river)
    monkeypatch.setattr("feedriver.cli.up.Event", Over)
    monkeypatch.chdir(tmp_path)  # a hostile --data is made there
    feedriver("feeds", "import", opml, "--data", data)
    state = FeedState(
        feed_id=FEED_ID,
        url=f"https://a.example/{HOSTILE}",
        added=NOW,
        slot="60:0",
        every=60,
        title=HOSTILE,
        link=f"https://a.example/{HOSTILE}",
        icon=HOSTILE,
        validators=Validators(url=f"https://b.example/{HOSTILE}", etag=HOSTILE, last_modified=HOSTILE),
        failing=Failing(count=3, since=NOW, code="dns", detail=HOSTILE),
        outbox=(Pending(at=NOW, key=f"entries/{HOSTILE}", staged=f"staging/{HOSTILE}"),),
    )
    river.states.register(state)
    s3, bucket = river.clients("s3"), river.stack["EntriesBucket"]
    report = Report(feed_id=FEED_ID, url=state.url, outcome="dns", why=HOSTILE, milliseconds=1, asked=True)
    s3.put_object(Bucket=bucket, Key=polls_key(NOW, "PWNED"), Body=report.model_dump_json().encode() + b"\n")
    day = f"{NOW:entries/date=%Y-%m-%d/feed=%Y%m%d}/{MARK}\x9b31m\u202e.jsonl"
    s3.put_object(Bucket=bucket, Key=day, Body=HOSTILE.encode())
    river.clients("sqs").send_message(QueueUrl=river.stack["PollDeadLetters"], MessageBody=json.dumps(HOSTILE))
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield {
        "addresses": [
            f"{origin.url}/rss",
            FEED_ID,
            state.url,
            HOSTILE,
            f"http://{HOSTILE}",
            opml,
            bad,
            *files.values(),
        ],
        "data": data,
    }
    for number, handler in before.items():
        signal.signal(number, handler)


class Over:
    """An event that has happened: what would wait for Ctrl-C has had it."""

    def set(self) -> None:
        pass

    def wait(self) -> None:
        pass


def every_river(monkeypatch, make) -> None:
    """Each module of the command line that opens a river opens this one."""

    @contextmanager
    def local_deployment(folder, **_):
        folder.mkdir(parents=True, exist_ok=True)
        yield make()

    for name, module in list(sys.modules.items()):
        if name.startswith("feedriver.cli.") and hasattr(module, "local_deployment"):
            monkeypatch.setattr(module, "local_deployment", local_deployment)


def commands(command, *path: str) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every command that there is, by its names."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from commands(inner, *path, name)
    else:
        yield path, command


def is_option(parameter) -> bool:
    return parameter.param_type_name == "option"


COMMANDS = dict(commands(typer.main.get_command(entrance.app)))
# They start what needs a port of its own, and print nothing more for it.
LEFT_OUT = {"--town", "--help"}


def invocations(command, givens) -> Iterator[list[object]]:
    """Arguments to try: each given, alone and together, as JSON too; then each flag, and bad values of each option."""
    options = [each for each in command.params if is_option(each) and not set(each.opts) & LEFT_OUT]
    names = [option.opts[0] for option in options]
    own = ["--data", givens["data"]] if "--data" in names else []
    own += [word for option in options if option.required for word in (option.opts[0], "1d")]
    places = [[]]
    if len(options) < len(command.params):
        places = [*([given] for given in givens["addresses"]), givens["addresses"], []]
    for place in places:
        yield [*place, *own]
        if "--json" in names:
            yield [*place, *own, "--json"]
    for option in options:
        yield [*places[0], *own, option.opts[0], *([] if option.is_flag else [HOSTILE])]
    yield ["--" + HOSTILE]
    yield [*places[0], *own, HOSTILE, HOSTILE, HOSTILE]


def test_all_commands_are_found():
    assert {("run",), ("up",), ("parse",), ("replay",), ("feeds", "list"), ("feeds", "export")} <= set(COMMANDS)


@pytest.mark.long
@pytest.mark.case("W06")
@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_no_command_lets_a_stranger_steer_the_terminal(path, world, monkeypatch, capfdbinary):
    codes, said = [], b""
    for number, arguments in enumerate(invocations(COMMANDS[path], world)):
        monkeypatch.setenv("COLUMNS", "60" if number % 2 else "200")
        given = [str(each).replace("\x00", "") for each in arguments]  # no argument of a process holds a NUL
        code, printed = called(monkeypatch, capfdbinary, *path, *given)
        assert steering(printed) == set(), arguments
        assert b"Traceback" not in printed, (arguments, printed.decode())
        codes.append(code)
        said += printed
    assert {0, 1} & set(codes), "it was never understood, so it never ran: which arguments does it want?"
    assert set(codes) <= {0, 1, 2}
    assert MARK.encode() in said


def called(monkeypatch, capfdbinary, *arguments: str) -> tuple[int, bytes]:
    monkeypatch.setattr("sys.argv", ["feedriver", *arguments])
    capfdbinary.readouterr()
    with pytest.raises(SystemExit) as ended:
        entrance.main()
    return int(ended.value.code or 0), b"".join(capfdbinary.readouterr())


@pytest.mark.case("W06")
@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("error", [RuntimeError, OSError, InputError, KeyError], ids=lambda error: error.__name__)
def test_what_goes_wrong_does_not_either(path, error, tmp_path, monkeypatch, capfdbinary):
    def fails(*_):
        raise error(HOSTILE)

    every_river(monkeypatch, fails)
    monkeypatch.setattr("feedriver.cli.parse.parse", fails)
    (tmp_path / "feed").write_bytes(b"<rss/>")
    givens = {"addresses": [tmp_path / "feed"], "data": tmp_path / "data"}
    code, printed = called(monkeypatch, capfdbinary, *path, *map(str, next(invocations(COMMANDS[path], givens))))
    assert code == 1
    assert steering(printed) == set()
    assert MARK.encode() in printed


def test_as_json_the_data_are_the_same(world, feedriver):
    listed = json.loads(feedriver("feeds", "list", "--json", "--data", world["data"]).out)
    assert {feed["title"] for feed in listed if feed["feed_id"] == FEED_ID} == {HOSTILE}
    shown = json.loads(feedriver("feeds", "show", FEED_ID, "--json", "--data", world["data"]).out)
    assert shown["validators"]["etag"] == shown["polls"][0]["why"] == HOSTILE


def test_as_opml_the_data_are_the_same(world, feedriver):
    out = feedriver("feeds", "export", "--data", world["data"]).out
    titles = {outline.get("title") for outline in ET.fromstring(out.encode()).iter("outline")}
    assert " ".join(re.sub("[\x00-\x1f]", "", HOSTILE).split()) in titles


@pytest.mark.parametrize("terminal", [True, False])
def test_on_a_terminal_the_colours_are_ours_alone(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    out = output.Screen(EscapingStream(stream), 400)
    rows = output.table(HOSTILE)
    rows.add_column(HOSTILE)
    rows.add_row(HOSTILE, style="red")
    out.print(rows, HOSTILE, output.Text(HOSTILE, style="bold"))
    with output.Progress(output.TextColumn("{task.description}", markup=False), console=out) as bar:
        bar.add_task(HOSTILE)
    printed = stream.getvalue()
    assert ("\x1b[31m" in printed) is terminal
    assert "\\u001b[31m" in printed
    ours = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", printed)
    assert set(ours) & FORBIDDEN == set()


def test_the_progress_of_a_run_does_not_either(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with output.progress(1, quiet=False) as on_report:
        on_report(
            Report(feed_id=FEED_ID, url=f"http://{HOSTILE}", outcome="dns", why=HOSTILE, milliseconds=1, asked=True)
        )
    assert set(stream.getvalue()) & FORBIDDEN == set()


@pytest.mark.parametrize("document", ["print", "panic", "break out"])
def test_the_parsing_process_quotes_nobody_on_the_terminal(document, capfdbinary):
    parser = KillableParser(child="endless")
    with pytest.raises(ParseError):
        asyncio.run(parser.parse(f"{document} {HOSTILE}".encode(), "https://a.example/", None))
    parser.close()
    printed = b"".join(capfdbinary.readouterr())
    assert steering(printed) == set()
    assert document == "panic" or printed
