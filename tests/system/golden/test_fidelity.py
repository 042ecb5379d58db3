"""What other suites taught us of documents."""

import pytest

from feedriver.errors import ParseCode, ParseError
from feedriver.models import Enclosure
from feedriver.parse import parse

URL = "https://feeds.example/dir/feed"
SPACES = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/"'


def read(inner, spaces=SPACES):
    return parse(f'<rss version="2.0" {spaces}><channel>{inner}</channel></rss>'.encode(), URL)


@pytest.mark.parametrize("inner", ["<description>d</description>{}", "{}<description>d</description>"])
def test_the_subtitle_of_a_podcast_does_not_overwrite_its_description(inner):
    subtitle = "<itunes:subtitle>s</itunes:subtitle>"

    assert read(inner.format(subtitle)).feed.description == "d"
    assert read(subtitle).feed.description == "s"


def test_a_channel_that_says_only_who_speaks_is_a_feed_though_its_prefix_is_not_declared():
    assert read("<itunes:author>Ada Quill</itunes:author>", spaces="").feed.authors[0].name == "Ada Quill"


def test_of_a_channel_that_says_nothing_and_is_broken_nothing_is_made():
    with pytest.raises(ParseError) as refused:
        read("<b>&", spaces="")
    assert refused.value.code is ParseCode.MALFORMED


def test_what_media_rss_has_to_hear_or_to_see_moving_is_attached():
    parsed = read(
        "<item><title>t</title><enclosure url='/1.mp3' length='7'/><media:content url='/1.mp3' type='audio/mpeg'/>"
        "<media:group><media:content url='/2.mp4' medium='video' fileSize='1234'/>"
        "<media:content url='/3.jpg' type='image/jpeg' fileSize='5'/></media:group></item>"
    )

    assert parsed.items[0].item.enclosures == (
        Enclosure(url="https://feeds.example/1.mp3", length=7),
        Enclosure(url="https://feeds.example/2.mp4", length=1234),
    )
