"""A feed of ten thousand entries of which three are new."""

from fakes import World, rss, story

URL = "https://paper.example/rss"
ENTRIES = 10_000


def test_b22_three_new_entries_among_ten_thousand_are_three_events():
    world = World()
    feed = world.add(URL)
    old = [story(str(number), "x") for number in range(ENTRIES - 3)]
    world.origin.serve(URL, rss(*old), etag='"1"')
    world.poll(feed)
    announced = len(world.bus.sent)
    assert announced == ENTRIES - 3
    world.later(days=1)
    world.origin.serve(URL, rss(*(story(f"new-{number}") for number in range(3)), *old), etag='"2"')
    (report,) = world.poll(feed).reports
    assert (report.new, report.updated) == (3, 0)
    assert len(world.bus.sent) == announced + 3
    assert len(world.state(feed).seen) < 400_000  # what an item of the table may hold
