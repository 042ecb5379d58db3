"""The captured feeds, served on loopback, through `feedriver run` in one pass, as a user would.

Prints what it took: `pytest -s tests/system/corpus` shows polls, entries, bytes, wall and CPU seconds, and peak memory.
"""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import feedparser
import pytest
from checkout import CORPUS

from feedriver.errors import FetchCode, ParseCode
from feedriver.models import Entry
from feedriver.poll.batches import Report

pytestmark = [pytest.mark.corpus, pytest.mark.stack, pytest.mark.long]

FEEDRIVER = [sys.executable, "-c", "from feedriver.cli.app import main; main()"]


@pytest.fixture(scope="module")
def captured() -> dict[str, bytes]:
    """The documents captured from live sites, by path."""
    if not (CORPUS / "feeds.tar.xz").is_file():
        reason = f"the captured feeds are not at {CORPUS}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        wanted = {f"feeds/{row['path']}" for row in csv.DictReader(index, delimiter="\t") if row["real"]}
    with tarfile.open(CORPUS / "feeds.tar.xz") as archive:
        return {f"/{each.name}": archive.extractfile(each).read() for each in archive if each.name in wanted}


@pytest.fixture(scope="module")
def origin(captured: dict[str, bytes]) -> Iterator[str]:
    class Visit(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = captured[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Visit)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def pass_of_all(captured: dict[str, bytes], origin: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one `feedriver run` over all of them."""
    folder = tmp_path_factory.mktemp("captured")
    outlines = "".join(f'<outline type="rss" xmlUrl="{origin}{path}"/>' for path in captured)
    (folder / "all.opml").write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
    command = [*FEEDRIVER, "run", str(folder / "all.opml"), "--data", str(folder), "--allow-private", "--json"]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    result = json.loads(told.stdout)
    outcomes = Counter(feed["outcome"] for feed in result["feeds"])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    sys.stdout.write(
        f"\n{result['polled']} polls, {result['entries']['published']} entries, "
        f"{sum(map(len, captured.values())):,} bytes, {wall:.1f} s wall, "
        f"{cpu:.1f} s CPU with the local AWS, {after.ru_maxrss / 1024:.0f} MB peak, {dict(outcomes)}\n"
    )
    return folder


@pytest.fixture(scope="module")
def reports(pass_of_all: Path) -> list[Report]:
    return [
        Report.model_validate_json(line)
        for log in pass_of_all.glob("s3/*/polls/*/*.jsonl")
        for line in log.read_text().splitlines()
    ]


@pytest.fixture(scope="module")
def entries(pass_of_all: Path) -> list[Entry]:
    return [
        Entry.model_validate_json(line)
        for stored in pass_of_all.glob("s3/*/entries/*/*/*.jsonl")
        for line in stored.read_text().splitlines()
    ]


def test_every_captured_feed_gives_its_entries_or_a_named_reason(
    captured: dict[str, bytes], origin: str, reports: list[Report]
) -> None:
    named = {code.value for code in (*FetchCode, *ParseCode)}
    short = {}
    for report in reports:
        path = report.url.removeprefix(origin)
        if report.outcome in named or captured[path].lstrip()[:1] == b"{":
            continue
        found = len(feedparser.parse(io.BytesIO(captured[path]), sanitize_html=False).entries)
        if report.new + report.rejected != found:
            short[path] = (report.new, report.rejected, found)

    assert len(reports) == len(captured)
    assert short == {}


def test_a_reason_is_given_for_few(reports: list[Report]) -> None:
    outcomes = Counter(report.outcome for report in reports)

    assert outcomes["published"] >= 0.97 * len(reports)
    assert outcomes["internal_error"] == outcomes["aws"] == 0


def test_each_entry_was_stored_and_announced_once(
    pass_of_all: Path, entries: list[Entry], reports: list[Report]
) -> None:
    announced = Counter(
        json.loads(line)["detail"]["metadata"]["event_id"]
        for line in (pass_of_all / "events.jsonl").read_text().splitlines()
        if json.loads(line)["detail-type"] == "Entry Published"
    )

    assert len(entries) == len({entry.id for entry in entries}) == sum(report.new for report in reports)
    assert len(announced) == len(entries)
    assert set(announced.values()) == {1}
