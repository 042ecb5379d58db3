import pytest

from feedriver.models import Person
from feedriver.parse.normalize.people import name_and_email, people
from feedriver.parse.source import Author

BASE = "https://a.example/b/"


@pytest.mark.parametrize(
    ("text", "name", "email"),
    [
        ("Ann Author", "Ann Author", ""),
        ("ann@a.example", "", "ann@a.example"),
        ("ann@a.example (Ann Author)", "Ann Author", "ann@a.example"),
        ("ann@a.example, Ann Author", "Ann Author", "ann@a.example"),
        ("<ann@a.example> Ann Author", "Ann Author", "ann@a.example"),
        ("mailto:ann@a.example", "", "ann@a.example"),
        ("Ann Author <ann@a.example>", "Ann Author", "ann@a.example"),
        ('"Ann Author" <mailto:ann@a.example>', "Ann Author", "ann@a.example"),
        ("Ann Author (ann@a.example)", "Ann Author", "ann@a.example"),
        ("Ann [ann@a.museum]", "Ann", "ann@a.museum"),
        ("Ann @ Home", "Ann @ Home", ""),
        ("@ann", "@ann", ""),
        (" Ann\n Author ", "Ann Author", ""),
        ("", "", ""),
    ],
)
def test_a_name_and_an_address_are_told_apart_however_they_are_written(text, name, email):
    assert name_and_email(text) == (name, email)


def test_an_author_of_any_length_is_looked_at_for_six_hundred_characters_only():
    assert name_and_email("x" * 600 + " <ann@a.example>") == ("x" * 600, "")


@pytest.mark.parametrize(
    ("author", "person"),
    [
        (
            Author("Ann", "ann@a.example", "/ann"),
            Person(name="Ann", email="ann@a.example", url="https://a.example/ann"),
        ),
        (Author("ann@a.example (Ann)", "other@a.example"), Person(name="Ann", email="other@a.example")),
        (Author("ann@a.example (Ann)", "no address"), Person(name="Ann", email="ann@a.example")),
        (Author("Ann", url="javascript:1"), Person(name="Ann")),
        (Author(url="https://ann.example"), Person(url="https://ann.example")),
        (Author('<b>Ann</b> <a href="x">Author</a>'), Person(name="Ann Author")),
        (Author("x" * 400), Person(name="x" * 299 + "…")),
    ],
)
def test_an_author_is_a_person_by_name_address_or_page(author, person):
    (found,) = people([author], BASE)
    assert found == person


@pytest.mark.parametrize("author", [Author(), Author(" \n"), Author("<p></p>"), Author(url="ftp://a.example/")])
def test_an_author_who_names_nobody_is_left_out(author):
    assert people([author], BASE) == ()


def test_two_authors_of_one_name_are_one_person_and_what_they_say_is_put_together():
    found = people([Author("Ann", "ann@a.example"), Author("Bo"), Author("ANN", "other@a.example", "/ann")], BASE)
    assert found == (Person(name="Ann", email="ann@a.example", url="https://a.example/ann"), Person(name="Bo"))


def test_no_more_than_fifty_people_are_kept():
    assert len(people([Author(f"Author {number}") for number in range(60)], BASE)) == 50
