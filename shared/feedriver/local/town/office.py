"""The Lost Property Office: the big feed, three hundred finds long, and the same three hundred in every run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedriver.local.town import rss

FINDS = 300
SITE = "https://lost.sallowford.example"
LAST_FIND = datetime(2026, 11, 20, 17, 15, tzinfo=UTC)
BETWEEN_FINDS = timedelta(hours=3, minutes=7)

CHANNEL = rss.Channel(
    title="Sallowford Lost Property Office: Found Lately",
    link=f"{SITE}/",
    description="Everything that was left on the ferry, the railway and the benches, in the order in which it came in.",
    icon=f"{SITE}/label-144.png",
    ttl=180,
)

# The lengths share no factor, so that no two of three hundred finds are alike.
KINDS = (
    "Umbrella",
    "Left glove",
    "Tin trunk",
    "Alarm clock",
    "Walking stick",
    "Teapot",
    "Concertina",
    "Spirit level",
    "Bird cage",
    "Rolled-up map",
    "Wellington boot",
)
MARKS = ("tartan", "sea-green", "much mended", "smelling of cloves", "initialled E. P.", "brand new", "slightly damp")
PLACES = (
    "on the 8.40 ferry, under the bench by the boiler",
    "in the waiting room at Upper Lock Halt",
    "at the foot of the statue of the Unknown Miller",
    "in row F of the Assembly Rooms, after the second act",
    "between two cabbages on the Wednesday market",
    "on the weir footbridge, hung with care upon the third post",
    "in the reading room, marking a place in a book on eels",
    "at the allotments, where it had been taken for a scarecrow",
    "on the steps of the lido, long after closing time",
    "in the organ loft, by the tuner, who asks not to be named",
    "at the back of the omnibus to Sedge End",
    "outside the bakery, in the queue, holding somebody's place",
    "in the lamp-lighter's cart",
)
REMARKS = (
    "It was handed in by a child who wished to know whether it would now be hers. We explained the year and the day.",
    "The finder reports that it was singing. It has not sung since it came to us, but the shelf has been labelled.",
    "A gentleman came for it at once, looked at it for some time, and said that his had been happier.",
    "The cat of the office sleeps on it, and we would ask the owner to come after lunch, when she is easily moved.",
    "It matches the one that came in last spring, and we have put the two together, to everyone's relief.",
)
CUSTOM = (
    "Owners are asked to describe the thing without looking at the shelf, and to bring a bag.",
    "There is no fee. A bun for the clerk is customary, and the clerk's favourite is known at the bakery.",
    "What nobody has asked for in a year and a day goes into the spring raffle.",
    "The proceeds keep the ferry's bell polished, and buy a new ledger whenever the old one is itself mislaid.",
    "The office is open every day but Thursday from ten until the kettle boils over, and again from two.",
    "Please ring the bell once only: the bell was found too, and we should like to hear its owner.",
)


def document() -> bytes:
    """The whole ledger as RSS 2.0, the latest find first."""
    return rss.document(CHANNEL, (_find(number) for number in range(FINDS, 0, -1)))


def _find(number: int) -> rss.Item:
    kind = KINDS[number % len(KINDS)]
    mark = MARKS[number % len(MARKS)]
    place = PLACES[number % len(PLACES)]
    return rss.Item(
        guid=f"find-{number}",
        title=f"Find No. {number}: {kind}, {mark}",
        link=f"{SITE}/ledger/{number}",
        author="The Clerk",
        published=LAST_FIND - (FINDS - number) * BETWEEN_FINDS,
        categories=(kind,),
        paragraphs=(f"{kind}, {mark}. Found {place}.", REMARKS[number % len(REMARKS)], *CUSTOM),
    )
