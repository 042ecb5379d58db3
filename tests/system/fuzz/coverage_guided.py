"""Any bytes into the parser, led by which of its lines they reach.

`python tests/system/fuzz/coverage_guided.py [-runs=N …]`

The golden feeds are what it starts from, and the tokens of the other fuzzer its dictionary. Anything but a feed or our
own error is a crash, and so is a record that cannot be written and read back. It needs atheris (requirements/fuzz.txt).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

TESTS = Path(__file__).parents[2]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "system")]
with atheris.instrument_imports(include=["feedriver", "feedparser"]):
    import feedparser  # noqa: F401  # instrumented here, imported by the parser when it meets XML
    from fuzz.documents import GOLDEN, TOKENS, holds

    from feedriver.parse import autodiscovery, jsonfeed  # noqa: F401  # as above
    from feedriver.parse.normalize import entry, feed  # noqa: F401  # as above
    from feedriver.parse.xml import reader  # noqa: F401  # as above

BOUNDS = {"-max_len": "20000", "-timeout": "30", "-rss_limit_mb": "2048", "-max_total_time": "60"}
BOUNDS["-artifact_prefix"] = f"{tempfile.gettempdir()}/feedriver-"  # the document that it crashed on


def word(token: bytes) -> str:
    """A line of libFuzzer's dictionary."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in token) + '"'


def main() -> None:
    """Fuzz within the bounds that are given, else for a minute."""
    given = {argument.partition("=")[0] for argument in sys.argv[1:]}
    bounds = [f"{name}={value}" for name, value in BOUNDS.items() if name not in given]
    with tempfile.TemporaryDirectory() as folder:
        words, corpus = Path(folder, "words"), Path(folder, "corpus")
        words.write_text("\n".join(map(word, TOKENS)))
        corpus.mkdir()
        for number, body in enumerate(GOLDEN):
            (corpus / str(number)).write_bytes(body)
        atheris.Setup([sys.argv[0], *bounds, f"-dict={words}", *sys.argv[1:], str(corpus)], holds)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
