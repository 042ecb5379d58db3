"""Whether the words of the captured feeds' bodies are in our text: all of them, in order, none glued to another.

`pytest -s` shows the figures.
"""

import difflib
import sys
from unittest.mock import patch

import pytest
from corpus.words import words

from feedriver.errors import ParseError
from feedriver.parse import parse
from feedriver.parse.normalize import entry

pytestmark = [pytest.mark.corpus, pytest.mark.long]


@pytest.fixture(scope="module")
def bodies(corpus):
    """Each body of the captured feeds: the markup as published, and our text of it."""
    found, read = [], entry.body_of

    def kept(markup):
        body = read(markup)
        found.append((markup, body.text))
        return body

    with patch.object(entry, "body_of", kept):
        for document in corpus.documents(corpus.captured().__contains__).values():
            try:
                parse(document, "https://feeds.example/dir/feed")
            except ParseError:
                continue
    return found


def test_of_a_thousand_words_not_one_is_lost_or_glued(bodies):
    theirs = ours = same = 0
    for markup, text in bodies:
        seen, told = markup.value.split() if markup.kind == "text" else words(markup.value), text.split()
        theirs, ours = theirs + len(seen), ours + len(told)
        if seen == told:
            same += len(seen)
        else:
            matcher = difflib.SequenceMatcher(None, seen, told, autojunk=False)
            same += sum(block.size for block in matcher.get_matching_blocks())
    recall, precision = same / theirs, same / ours
    sys.stdout.write(f"\n{len(bodies)} bodies, {theirs} words, recall {recall:.4%}, precision {precision:.4%}\n")

    assert theirs > 1_000_000
    assert recall >= 0.999
    assert precision >= 0.999


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("<p>w<b>or</b>d<p>two", ["word", "two"]),
        ("a<br>b<td>c<x-y>d", ["a", "b", "cd"]),
        ("<style>x</style>a<iframe/>b<title>c</title>", ["a", "b"]),
        ("a&nbsp;&amp;b", ["a", "&b"]),
    ],
)
def test_the_reference_sees_what_a_reader_sees(html, seen):
    assert words(html) == seen
