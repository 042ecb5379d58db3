"""The peak of memory, in a short form: eight hosts that answer at once with as much as one may."""

import sys

import pytest
from hostile.memory import bound, peaks

from feedriver.settings import MAX_DOCUMENT

pytestmark = pytest.mark.long

FEEDS = 8


@pytest.mark.case("X02")
@pytest.mark.skipif(sys.platform != "linux", reason="a process's peak is read from /proc")
def test_x02_large_documents_leave_a_third_of_the_functions_memory_and_are_asked_for_once():
    found = peaks("words", FEEDS, MAX_DOCUMENT, seconds=600)
    assert found.outcomes == {"out_of_memory": FEEDS}, found  # each was read, as far as a document may go
    assert found.parser > 100, found
    assert found.both <= bound(), found
    assert found.most_asked == 1
