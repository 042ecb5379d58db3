"""Authors: from the forms in which feeds name them to people."""

from __future__ import annotations

import re
from collections.abc import Iterable

from feedriver import urls
from feedriver.models import Person
from feedriver.parse.limits import NAME, collapsed, short
from feedriver.parse.source import Author

_PEOPLE = 50  # a feed that names more authors of one entry is mistaken
_ADDRESS = r"[^\s@<>()\[\],;:\"]{1,64}@[^\s@<>()\[\],;:\"]{1,255}"  # RFC 5321 §4.5.3.1 for the lengths
_ADDRESS_ALONE = re.compile(_ADDRESS)
_ADDRESS_FIRST = re.compile(rf"<?(?:mailto:)?({_ADDRESS})>?\s*[,(\[]?\s*(.*?)\s*[)\]]?")  # a@b.example (Ann Author)
_ADDRESS_LAST = re.compile(rf"(.*?)\s*[(<\[]\s*(?:mailto:)?({_ADDRESS})\s*[)>\]]")  # Ann Author <a@b.example>

# Markup that some put around names; `<a@b.example>` is none.
_TAG = re.compile(r"</?(?:a|b|br|div|em|font|i|p|span|strong)(?=[\s/>])[^<>]*>", re.IGNORECASE)


def people(authors: Iterable[Author], base: str) -> tuple[Person, ...]:
    """The people that `authors` name, each once, in order; authors that name nobody are left out.

    Two authors of one name, as in `dc:creator` and `itunes:author`, are one person.
    """
    found: dict[str, Person] = {}
    for author in authors:
        person = _person(author, base)
        if person is None:
            continue
        key = (person.name or person.email or person.url or "").casefold()
        known = found.get(key)
        found[key] = _merged(known, person) if known else person
    return tuple(found.values())[:_PEOPLE]


def _person(author: Author, base: str) -> Person | None:
    name, email = name_and_email(_TAG.sub("", author.name))
    email = (author.email and name_and_email(author.email)[1]) or email
    person = Person(
        name=short(name, NAME),
        email=short(email, NAME),
        url=urls.resolve(base, author.url) if author.url else None,
    )
    return person if person.name or person.email or person.url else None


def name_and_email(text: str) -> tuple[str, str]:
    """Name and e-mail address of `a@b.example (Ann Author)`, `Ann Author <a@b.example>`, or either alone."""
    text = collapsed(text)[: NAME * 2]
    if "@" not in text:
        return text, ""
    if _ADDRESS_ALONE.fullmatch(text):
        return "", text
    if first := _ADDRESS_FIRST.fullmatch(text):
        return first[2], first[1]
    if last := _ADDRESS_LAST.fullmatch(text):
        return last[1].strip('"'), last[2]
    return text, ""


def _merged(known: Person, again: Person) -> Person:
    return Person(name=known.name or again.name, email=known.email or again.email, url=known.url or again.url)
