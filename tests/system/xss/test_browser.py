"""A real browser reads what came out of hostile markup: no script runs.

Outputs stand in frames, as written and once more by `innerHTML`; titles and addresses stand where a page would have
them. Whatever can be clicked or pointed at is. Such frames with the markup as it was sent show that scripts which run
are noticed.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess

import pytest
from xss.payloads import ADDRESSES, MARKUP, addressed, documents

from feedriver.errors import ParseError
from feedriver.parse import parse

URL = "https://feeds.example/dir/feed"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# Told to the page around all frames, from whatever origin it is run. No quotes: it stands within any of them.
RUN = "top.postMessage({},`*`)"
A_FRAME = 40  # cleaned pieces in one frame
# Before what is judged, so that nothing of it can keep this from running.
FRAME = """<!DOCTYPE html><script>
addEventListener("load", () => {{
  const again = document.createElement("div");
  document.documentElement.append(again);
  again.innerHTML = {source};
  for (const each of document.querySelectorAll("*")) {{
    if (each.matches("a, area") && /^(https?|mailto):/.test(each.href.baseVal ?? each.href)) continue;
    for (const kind of ["mouseover", "pointerover", "focus", "toggle"]) each.dispatchEvent(new Event(kind));
    if (each.click) each.click(); else each.dispatchEvent(new MouseEvent("click", {{bubbles: true}}));
  }}
}});
</script><body>{markup}"""
PAGE = """<!DOCTYPE html><meta charset=utf-8><pre id=ran>[]</pre><script>
const ran = new Set();
addEventListener("message", event => {{
  ran.add(event.data);
  document.getElementById("ran").textContent = JSON.stringify([...ran]);
}});
</script>{frames}"""

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium on this machine to show that no script runs")
        pytest.skip("no chromium on this machine")
    return CHROMIUM


def ran(browser, tmp_path, markup):
    """Which of the scripts ran that stand in these pieces of markup, by their numbers."""
    frames = [
        f'<iframe srcdoc="{html.escape(FRAME.format(source=quoted(each), markup=each))}"></iframe>' for each in markup
    ]
    page = tmp_path / "page.html"
    page.write_text(PAGE.format(frames="".join(frames)), encoding="utf-8", errors="replace")
    told = subprocess.run(
        [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
            *(f"--user-data-dir={tmp_path / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND"),
            *("--virtual-time-budget=5000", "--timeout=120000", "--dump-dom", page.as_uri()),
        ],
        capture_output=True,
        check=True,
        timeout=300,
    ).stdout.decode(errors="replace")
    found = re.search(r'<pre id="ran">(.*?)</pre>', told)
    assert found, told[:500]
    return set(json.loads(found[1]))


def quoted(text):
    """`text` as a literal of JavaScript that no HTML parser takes for anything else."""
    return json.dumps(text).replace("<", "\\u003c")


def outputs():
    """Of each payload, by its number: all that is made of it, as a page would show it."""
    found = {}
    for number, payload in enumerate(MARKUP.values()):
        pieces = set()
        for body in documents(payload.replace("RUN", RUN.format(number))).values():
            try:
                parsed = parse(body, URL)
            except ParseError:
                continue
            for each in parsed.items:
                shown = [each.item.title, each.item.text, each.item.summary, parsed.feed.title]
                shown += [person.name for person in each.item.authors] + [tag.term for tag in each.item.categories]
                texts = "".join(f'<p title="{html.escape(text)}">{html.escape(text)}</p>' for text in shown if text)
                pieces.add((each.item.html or "") + texts)
        found[number] = pieces
    for number, address in enumerate(ADDRESSES, len(found)):
        pieces = set()
        for body in addressed(address.replace("RUN", RUN.format(number))).values():
            parsed = parse(body, URL)
            item = parsed.items[0].item
            links = [item.link, parsed.feed.link, *(person.url for person in item.authors)]
            pictures = [parsed.feed.icon, *(each.url for each in (*item.images, *item.enclosures))]
            pieces.add(
                "".join(f'<a href="{html.escape(link)}">x</a>' for link in links if link)
                + "".join(f'<img src="{html.escape(each)}">' for each in pictures if each)
                + (item.html or "")
            )
        found[number] = pieces
    return found


@pytest.mark.case("P08")
def test_p08_a_browser_runs_no_script_of_what_came_out(browser, tmp_path):
    pieces = sorted({piece for each in outputs().values() for piece in each})
    assert len(pieces) > len(MARKUP)
    frames = ["<hr>".join(pieces[start : start + A_FRAME]) for start in range(0, len(pieces), A_FRAME)]
    assert ran(browser, tmp_path, frames) == set()


RUNNING = (
    *("script", "script in svg", "onerror", "onload of svg", "onclick", "onmouseover", "ontoggle", "formaction"),
    *("tab in the scheme", "colon by name", "control before the scheme", "javascript link", "iframe", "srcdoc"),
    *("noscript", "title", "textarea"),
)


def test_the_browser_runs_the_scripts_that_were_sent(browser, tmp_path):
    """So that the test above could fail: such frames, with nothing cleaned."""
    sent = [MARKUP[name].replace("RUN", RUN.format(number)) for number, name in enumerate(RUNNING)]
    assert ran(browser, tmp_path, sent) == set(range(len(RUNNING)))
