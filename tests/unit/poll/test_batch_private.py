"""s13: the secrets of a batch's private feeds, read once where there are any, and what their absence costs."""

from __future__ import annotations

import json

import pytest
from fakes.calls import FAILED
from fakes.origin import rss, story
from fakes.world import World

from feedriver.registry import Registry, Subscription

OPEN, PRIVATE = "https://open.example/rss", "https://private.example/rss"


@pytest.fixture
def world():
    world = World()
    for url in (OPEN, PRIVATE):
        world.origin.serve(url, rss(story("a")))
    return world


def test_a_batch_without_private_feeds_reads_no_secret(world):
    world.poll(world.add(OPEN))
    assert "secrets.load" not in world.log


def test_the_secrets_of_a_batch_are_read_at_once_and_go_with_the_requests_that_need_them(world):
    feeds = [world.add(OPEN), world.add(f"{PRIVATE}?token=canary-1"), world.add(f"{PRIVATE}?token=canary-2")]
    outcome = world.poll(*feeds)
    assert world.log.count("secrets.load") == 1
    assert dict(world.calls.about)["secrets.load"] == tuple(feeds[1:])
    sent = {(request.url, request.secret and request.secret.query) for request in world.origin.requests}
    assert sent == {(OPEN, None), (PRIVATE, "token=canary-1"), (PRIVATE, "token=canary-2")}
    assert [report.outcome for report in outcome.reports] == ["published"] * 3


def test_a_secret_that_is_not_there_is_a_failed_poll_without_a_request(world):
    feeds = [world.add(f"{PRIVATE}?token=canary-1"), world.add(OPEN)]
    world.secrets.kept.clear()
    outcome = world.poll(*feeds)
    private, other = outcome.reports
    assert (private.outcome, private.asked, outcome.unfinished) == ("no_secret", False, ())
    assert "add it again with them" in private.why
    assert world.state(feeds[0]).failing.code == "no_secret"
    assert other.outcome == "published"
    assert [request.url for request in world.origin.requests] == [OPEN]


def test_a_parameter_store_that_fails_stops_private_feeds_only_and_their_batch_comes_again(world):
    feeds = [world.add(f"{PRIVATE}?token=canary-1"), world.add(OPEN)]
    world.at("secrets.load", FAILED)
    outcome = world.poll(*feeds)
    assert [(report.outcome, report.asked) for report in outcome.reports] == [("aws", False), ("published", True)]
    assert outcome.unfinished == (feeds[0],)
    assert world.state(feeds[0]).validators is None
    assert [report.outcome for report in world.poll(*feeds).reports] == ["published", "waiting"]


@pytest.mark.parametrize(
    ("feed", "redirect", "said"),
    [
        (OPEN, None, "it asks for credentials; give them with `feedriver feeds add URL --user`"),
        (f"{PRIVATE}?token=canary-1", None, "its credentials are wrong or have expired"),
        (f"{PRIVATE}?token=canary-1", "https://sso.example/in", "asked by sso.example, where it redirects to"),
    ],
)
def test_401_says_what_is_wrong_with_the_credentials(world, feed, redirect, said):
    url = Subscription(feed).address.url
    if redirect:
        world.origin.redirects[url] = redirect
    world.origin.serve(redirect or url, status=401)
    feed_id = world.add(feed)
    (report,) = world.poll(feed_id).reports
    assert report.outcome == "http_401"
    assert said in report.why
    assert said in world.state(feed_id).failing.detail


def test_a_defect_of_ours_is_told_without_the_secret(world, monkeypatch):
    feed_id = world.add(f"{PRIVATE}?token=canary-1")

    async def broken(request):
        raise RuntimeError(f"at {request.secret.query}")

    monkeypatch.setattr(world.origin, "fetch", broken)
    (report,) = world.poll(feed_id).reports
    assert (report.outcome, report.why) == (
        "internal_error",
        "RuntimeError('at token=…'); the feed's next turn tries again",
    )
    assert "canary" not in json.dumps([body.decode() for body in world.store.objects.values()])


@pytest.mark.case("AB02")
def test_ab02_of_a_feed_that_a_person_changed_the_secret_is_read_anew_and_of_others_it_may_be_known(world, monkeypatch):
    feeds = [world.add(f"{PRIVATE}?token=canary-1"), world.add(f"{PRIVATE}?token=canary-2")]
    asked, load = [], world.secrets.load

    def noted(feed_ids, failed=None, changed=()):
        if failed is not None:  # the poller's; a person's registering has none
            asked.append(set(changed))
        return load(feed_ids, failed, changed)

    monkeypatch.setattr(world.secrets, "load", noted)
    world.poll(*feeds)
    world.poll(*feeds)
    Registry(world.states, world.secrets).add(
        Subscription(f"{PRIVATE}?token=canary-1", user="ann:canary-3"), world.clock()
    )
    world.poll(*feeds)
    assert asked == [set(feeds), set(), {feeds[0]}]
