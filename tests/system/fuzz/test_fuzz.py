"""Any bytes, any text, and golden documents after accidents.

A few hundred of each here, half of them the same in each run, half of them new: `FUZZ_SEED=N` repeats those of the run
that printed it. `FUZZ=100` tries a hundred times as many new ones (`make fuzz`).
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from fuzz.documents import URL, holds, json_feeds, markup, mutated, pieces, stable, texts
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from feedriver.parse.normalize.text import body_of
from feedriver.parse.source import Markup

pytestmark = pytest.mark.long

TIMES = int(os.environ.get("FUZZ", "1"))
SEED = int(os.environ["FUZZ_SEED"])
REPEAT = f"to try these documents again: FUZZ_SEED={SEED} FUZZ={TIMES} .venv/bin/python -m pytest tests/system/fuzz"
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
halves = pytest.mark.parametrize("new", [False, True], ids=["the-same", "new"])


def fuzz(judge: Callable[..., None], documents: st.SearchStrategy, count: int, *, new: bool) -> None:
    """Judge half of `count` documents: the same as ever, or new ones, which a failure says how to have again."""

    def judged(document):
        try:
            judge(document)
        except BaseException as error:
            if new:
                error.add_note(REPEAT)
            raise

    bounds = settings(
        deadline=None,
        derandomize=not new,
        database=None,
        max_examples=count // 2 * (TIMES if new else 1),
        suppress_health_check=SLOW,
    )
    tried = bounds(given(documents)(judged))
    (seed(SEED)(tried) if new else tried)()


@pytest.mark.case("P25")
@halves
def test_p25_a_golden_document_after_accidents_gives_a_feed_or_our_error(new):
    fuzz(holds, mutated(), 400, new=new)


@pytest.mark.case("P25")
@halves
def test_p25_a_json_feed_of_any_strings_gives_a_feed_or_our_error(new):
    fuzz(holds, json_feeds(), 300, new=new)


@pytest.mark.case("P25")
@halves
def test_p25_any_bytes_give_a_feed_or_our_error_and_what_is_read_can_be_written(new):
    fuzz(holds, st.one_of(pieces(), st.binary(max_size=400)), 300, new=new)


@pytest.mark.case("P25")
@halves
def test_p25_any_text_gives_a_feed_or_our_error(new):
    fuzz(holds, texts(), 200, new=new)


@pytest.mark.case("P25")
@halves
def test_p25_what_html_says_once_sanitized_it_says_for_ever(new):
    fuzz(lambda html: stable(body_of(Markup(html, "html", URL)).html), markup(), 500, new=new)


def test_a_failure_of_new_documents_says_how_to_have_them_again():
    tried: list[list[bytes]] = []

    def fails(document):
        tried[-1].append(document)
        assert document < b"0", "too much"

    for _ in range(2):
        tried.append([])
        with pytest.raises(AssertionError, match="too much") as failure:
            fuzz(fails, st.binary(min_size=1), 20, new=True)
        assert REPEAT in failure.value.__notes__
    assert tried[0] == tried[1]
