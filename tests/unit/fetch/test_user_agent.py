import pytest

from feedriver import __version__
from feedriver.fetch.user_agent import PRODUCT, user_agent


@pytest.mark.parametrize("contact", ["https://desk.example/about", "mailto:news@desk.example"])
def test_publishers_see_the_product_and_where_to_reach_whoever_runs_it(contact):
    assert user_agent(contact) == f"feedriver/{__version__} (+{contact})"


def test_without_a_contact_the_product_stands_alone():
    assert user_agent("") == PRODUCT == f"feedriver/{__version__}"
