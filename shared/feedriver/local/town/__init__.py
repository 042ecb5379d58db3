"""Sallowford, a small town of feeds on loopback: the sample origin of `make run`, of the live stack and of tests.

    directory   the addresses of the town, and how each of them answers
    pages/      the documents that stand there, word for word; kept as UTF-8, served in the charset they declare
    gazette     the one that publishes between runs, edition by edition
    office      the big one, three hundred finds long
    memory      how often the town was opened, which decides the edition of the Gazette
    answers     HTTP: conditional requests, content codings, redirects (pure)
    server      the town itself: `with Town(memory) as town: …`

Town, people and papers are invented. Dates are fixed, so a document is the same to the byte in every run.
"""

from feedriver.local.town.server import Town

__all__ = ["Town"]
