"""What other suites expect of their documents, and what we read of them."""

from collections import Counter

import pytest
from corpus import differential

pytestmark = [pytest.mark.corpus, pytest.mark.long]


@pytest.fixture(scope="module", params=differential.SUITES)
def compared(request, corpus):
    return differential.compare(request.param)


def test_of_what_a_suite_expects_98_in_100_hold(compared):
    assert compared.claims.total() > 500
    assert compared.share >= 0.98


def test_each_difference_is_of_a_kind_that_is_explained_and_no_kind_is_left_over(compared):
    kinds = [kind for kind in differential.kinds() if kind.suite == compared.suite]
    found = Counter(next((kind for kind in kinds if kind.has(each)), each) for each in compared.differences)

    assert found == Counter({kind: kind.count for kind in kinds})


def test_what_is_beyond_comparison_is_counted(compared):
    assert compared.beyond.total() > (0 if compared.suite == "captured" else 50)
