"""Codes of polls: each is of one nature, and the command line's, the metrics' and the batch's rules agree on it."""

from __future__ import annotations

import pytest

from feedriver.cli.output import GOOD
from feedriver.decide.outcome import Outcome, is_failure, is_unfinished
from feedriver.errors import FetchCode, ParseCode

NO_FAULT = ("gone", "conflict", "deferred")  # not good, and nothing is wrong with the feed


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_is_good_or_no_fault_or_unfinished_or_a_failure(outcome):
    natures = [outcome in GOOD, outcome in NO_FAULT, outcome.is_unfinished, outcome.is_failure]
    assert natures.count(True) == 1
    assert (is_failure(str(outcome)), is_unfinished(str(outcome))) == (outcome.is_failure, outcome.is_unfinished)


@pytest.mark.parametrize("code", [*FetchCode, *ParseCode, "http_404", "http_503", "what a newer version calls it"])
def test_every_other_code_is_a_failure_of_the_feed(code):
    assert is_failure(code)
    assert not is_unfinished(code)


def test_no_outcome_is_a_code_of_fetching_or_parsing_too():
    assert set(Outcome).isdisjoint([*FetchCode, *ParseCode])
