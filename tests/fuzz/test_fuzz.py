"""Any bytes, any text, and golden documents after accidents.

A few hundred of each here; `FUZZ=100` tries a hundred times as many (`make fuzz`).
"""

from __future__ import annotations

import os

from fuzz.documents import URL, holds, markup, mutated, pieces, stable, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedriver.parse.source import Markup
from feedriver.parse.text import read

TIMES = int(os.environ.get("FUZZ", "1"))
# In CI the same documents each time: a build does not fail by chance. With FUZZ, others each time.
bounded = settings(
    deadline=None, derandomize=TIMES == 1, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@settings(bounded, max_examples=400 * TIMES)
@given(mutated())
def test_p25_a_golden_document_after_accidents_gives_a_feed_or_our_error(body):
    holds(body)


@settings(bounded, max_examples=300 * TIMES)
@given(st.one_of(pieces(), st.binary(max_size=400)))
def test_p25_any_bytes_give_a_feed_or_our_error_and_what_is_read_can_be_written(body):
    holds(body)


@settings(bounded, max_examples=200 * TIMES)
@given(texts())
def test_p25_any_text_gives_a_feed_or_our_error(body):
    holds(body)


@settings(bounded, max_examples=500 * TIMES)
@given(markup())
def test_p25_what_html_says_once_sanitized_it_says_for_ever(html):
    stable(read(Markup(html, "html", URL)).html)
