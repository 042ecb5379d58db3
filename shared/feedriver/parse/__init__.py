"""From bytes to a feed and its items. Pure: no clock, no network, no AWS.

`parse` is the way in. Importing this package costs nothing: what reads XML and what cleans HTML is imported when a
document needs it.
"""

from feedriver.parse.document import nothing_new, parse
from feedriver.parse.result import NOTHING_KNOWN, Known, Parsed, ParsedItem, Parser, SourceFields

__all__ = ["NOTHING_KNOWN", "Known", "Parsed", "ParsedItem", "Parser", "SourceFields", "nothing_new", "parse"]
