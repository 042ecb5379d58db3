"""Sniffing: what a document is, by its own beginning. HTTP headers are not used."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum, auto

_HEAD = 65_536  # characters in which a document must have said what it is
_SPACE = "\ufeff \t\r\n\f\v\x00\u00a0\u200b"
_TAG = re.compile(r"<([A-Za-z_][\w.-]*(?::[\w.-]+)?)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>?")
_VERSION = re.compile(r"\bversion\s*+=\s*+[\"']([^\"']*+)[\"']", re.IGNORECASE)
_NAMESPACE = re.compile(r"(?<![\w:])(xmlns(?::[\w.-]++)?+)\s*+=\s*+[\"']([^\"']*+)[\"']")
_SUBSET_END = re.compile(r"\]\s*+>")
_HTML_DOCTYPE = re.compile(r"\s*+<!doctype\s++html", re.IGNORECASE)
_FEED_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_PHP = re.compile(r"<b>(?:Warning|Notice|Deprecated|Fatal error|Parse error)</b>:", re.IGNORECASE)
_RSS_VERSIONS = {"0.91": "rss0.91", "0.92": "rss0.92", "0.93": "rss0.93", "0.94": "rss0.94", "2.": "rss2.0"}
_RDF_NAMESPACES = (
    ("http://purl.org/rss/1.0/", "rss1.0"),
    ("http://my.netscape.com/rdf/simple/0.9/", "rss0.90"),
)
_ATOM_NAMESPACES = {"http://www.w3.org/2005/atom": "atom1.0", "http://purl.org/atom/ns#": "atom0.3"}
_HTML_ROOTS = {"html", "head", "body", "meta", "title", "script", "style", "div", "p", "center", "h1", "br", "link"}


class Kind(Enum):
    """The kind of a document. CUT_OFF is XML that ends before its root element begins."""

    XML_FEED = auto()
    JSON = auto()
    HTML = auto()
    OTHER = auto()
    CUT_OFF = auto()


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a document is. `start` is where it really begins, `root` its root element's name as written.

    `name` says it for people; for a feed it is the format: rss0.90, rss0.91, rss0.92, rss0.93, rss0.94, rss1.0,
    rss2.0, rss (another or no version), rdf (another or no namespace), atom0.3, atom1.0, atom (another version or
    namespace), cdf. JSON Feed says for itself: jsonfeed1.0, jsonfeed1.1.
    """

    kind: Kind
    name: str
    start: int = 0
    root: str = ""
    flaw: str | None = None


def sniff(text: str) -> Sniffed:
    """What `text` is, by its first element or character."""
    start = len(text) - len(text.lstrip(_SPACE))
    if text[start : start + 1] in {"{", "["}:
        return Sniffed(Kind.JSON, "JSON", start)
    root = _root(text, start)
    found = _classified(text, root, start) if root else None
    if root and found and (declaration := text.rfind("<?xml ", start + 1, root.start())) > 0:
        found = replace(found, start=declaration, flaw=_junk_flaw(declaration - start))
    if found is None or found.kind is not Kind.XML_FEED:
        found = _behind_junk(text, start, found) or found
    return found or _rootless(text, start)


def _rootless(text: str, start: int) -> Sniffed:
    if text.startswith("<?xml", start):
        return Sniffed(Kind.CUT_OFF, "XML")
    sample = text[start : start + 512]
    if sum(not character.isprintable() and not character.isspace() for character in sample) * 20 > len(sample):
        return Sniffed(Kind.OTHER, "binary data")
    return Sniffed(Kind.OTHER, "plain text")


def _root(text: str, at: int) -> re.Match[str] | None:
    # Skips the prolog (XML 1.0 §2.8): declarations, comments and the document type, in any order.
    subsets_end = True  # where one internal subset has no end, no later one has
    while at < len(text):
        while at < len(text) and text[at] in _SPACE:
            at += 1
        if text.startswith("<?", at):
            end, skip = text.find("?>", at), 2
        elif text.startswith("<!--", at):
            end, skip = text.find("-->", at), 3
        elif text.startswith("<!", at):
            close = text.find(">", at)
            bracket = text.find("[", at, close) if close >= 0 else -1
            internal = _SUBSET_END.search(text, bracket) if bracket >= 0 and subsets_end else None
            subsets_end = subsets_end and (bracket < 0 or internal is not None)
            end, skip = (internal.end() if internal else close), (0 if internal else 1)
        else:
            return _TAG.match(text, at, at + _HEAD)
        if end < 0:
            return None
        at = end + skip
    return None


def _classified(text: str, root: re.Match[str], start: int) -> Sniffed:
    qname, attributes = root[1], root[2]
    prefix, _, local = qname.rpartition(":")
    name = local.lower()
    version = (found[1] if (found := _VERSION.search(attributes)) else "").strip().lower()
    namespace = _namespace(attributes, prefix)
    if form := _format(name, version, namespace, attributes):
        return Sniffed(Kind.XML_FEED, form, start, qname)
    if name in _HTML_ROOTS or _HTML_DOCTYPE.match(text, start, start + 200):
        return Sniffed(Kind.HTML, "an HTML page", start, qname)
    if name == "opml":
        return Sniffed(Kind.OTHER, "an OPML list of feeds", start, qname)
    if name in {"urlset", "sitemapindex"}:
        return Sniffed(Kind.OTHER, "a sitemap", start, qname)
    return Sniffed(Kind.OTHER, f"XML whose root element is <{qname[:60]}>", start, qname)


def _format(name: str, version: str, namespace: str, attributes: str) -> str | None:
    match name:
        case "rss":
            return next((form for known, form in _RSS_VERSIONS.items() if version.startswith(known)), "rss")
        case "rdf":
            return next((form for uri, form in _RDF_NAMESPACES if uri in attributes), "rdf")
        case "feed":
            return _ATOM_NAMESPACES.get(namespace) or ("atom0.3" if version == "0.3" else "atom")
        case "channel":
            return "cdf"
        case _:
            return None


def _namespace(attributes: str, prefix: str) -> str:
    name = f"xmlns:{prefix}" if prefix else "xmlns"
    return next((found[2].strip().lower() for found in _NAMESPACE.finditer(attributes) if found[1] == name), "")


def _junk_flaw(characters: int) -> str:
    return f"{characters} characters stand before the document"


def _behind_junk(text: str, start: int, found: Sniffed | None) -> Sniffed | None:
    # A feed after a warning of the publisher's software. A page that merely shows a feed is a page.
    if found and found.root.lower() in {"html", "head", "body"}:
        return None
    head = text[: start + _HEAD]
    at = head.find("<?xml", start + 1)
    if at < 0 and (found is None or _PHP.search(head)):
        at = match.start() if (match := _FEED_ROOT.search(head, start)) else -1
    root = _root(text, at) if at > 0 else None
    behind = _classified(text, root, at) if root else None
    if behind is None or behind.kind is not Kind.XML_FEED:
        return None
    return Sniffed(Kind.XML_FEED, behind.name, at, behind.root, _junk_flaw(at - start))
