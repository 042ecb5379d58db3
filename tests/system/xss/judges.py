"""Two parsers that had no part in cleaning, and what they may see."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from selectolax.lexbor import LexborHTMLParser

TAGS = set(
    re.findall(
        r"\w+",
        "a abbr acronym address area article aside b bdi bdo blockquote br caption center cite code col colgroup data "
        "dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li "
        "main map mark nav ol p pre q rp rt rtc ruby s samp section small span strike strong sub summary sup table "
        "tbody td tfoot th thead time tr tt u ul var wbr",
    )
)
ATTRIBUTES = set(
    re.findall(
        r"\w+",
        "href src cite hreflang rel lang title alt width height align char charoff scope headers colspan rowspan "
        "datetime size span dir summary start",
    )
)
SCHEMES = ("https://", "http://", "mailto:")


class Seen(HTMLParser):
    """Every tag and attribute that Python's own tokenizer sees."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.odd = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found += [(tag, name, value) for name, value in [("", ""), *attrs]]

    def handle_comment(self, data):
        self.odd.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def seen_by_lexbor(html):
    """The same, as a tree has it: what it adds itself (html, head, body) is left out."""
    tree = LexborHTMLParser(html)
    nodes = [node for node in tree.root.traverse() if node.tag not in {"html", "head", "body"}]
    return [(node.tag, name, value) for node in nodes for name, value in [("", ""), *node.attributes.items()]]


def harmful(html):
    """What `html` has that is not allowed, whoever reads it, and however often it is read and written again."""
    again = LexborHTMLParser(html).body.inner_html if html else ""
    third = LexborHTMLParser(again).body.inner_html if again else ""
    parsed = [Seen(each) for each in (html, again, third)]
    found = [each for seen in parsed for each in seen.found] + seen_by_lexbor(html) + seen_by_lexbor(again)
    odd = [odd for seen in parsed for odd in seen.odd]
    tags = {tag for tag, _, _ in found if tag not in TAGS and not tag.startswith("-")}
    attributes = {name for _, name, _ in found if name and name not in ATTRIBUTES}
    links = {value for _, name, value in found if name in {"href", "src", "cite"} and not safe(value)}
    return tags | attributes | links | set(odd)


def safe(address):
    return address is None or address.startswith(SCHEMES)
