import pytest

from feedriver.models import Enclosure, Image
from feedriver.parse.normalize.media import enclosures, images, media_type, number, pixels
from feedriver.parse.source import Attachment

BASE = "https://a.example/b/"
IN_HTML = Image(url="https://a.example/html.png", source="html")


def names(*attachments, in_html=None):
    return [image.url.rpartition("/")[2] for image in images(attachments, in_html, BASE)]


def test_what_the_publisher_names_goes_before_what_we_find():
    found = names(
        Attachment("thumbnail", "small.png", width="100"),
        Attachment("thumbnail", "large.png", width="200"),
        Attachment("itunes", "itunes.png"),
        Attachment("enclosure", "enclosure.png"),
        Attachment("media", "unstated.png"),
        Attachment("media", "wide.png", width="800"),
        in_html=IN_HTML,
    )
    assert found == [
        "wide.png", "unstated.png", "enclosure.png", "itunes.png", "large.png", "small.png", "html.png",
    ]  # fmt: skip


def test_a_picture_has_the_size_that_is_stated_and_is_kept_once():
    first = Attachment("media", "i.png", width="640px", height="high")
    assert images([first, Attachment("thumbnail", "/b/i.png")], None, BASE) == (
        Image(url="https://a.example/b/i.png", source="media", width=640),
    )


@pytest.mark.parametrize(
    "attachment",
    [
        Attachment("media", "i.png"),
        Attachment("media", "i.JPG?size=1"),
        Attachment("media", "i", "Image/WebP"),
        Attachment("media", "i", medium="IMAGE"),
        Attachment("enclosure", "i", "image/png"),
        Attachment("thumbnail", "i"),
        Attachment("jsonfeed", "i"),
    ],
)
def test_a_file_is_a_picture_by_its_type_its_medium_or_its_name(attachment):
    assert names(attachment)


@pytest.mark.parametrize(
    "attachment",
    [
        Attachment("media", "i"),
        Attachment("media", "i.pngs"),
        Attachment("media", "i.png", "video/mp4"),
        Attachment("media", "i.png", medium="video"),
        Attachment("media", "i.png", "video/mp4", medium="image"),
        Attachment("thumbnail", "data:image/png,x"),
        Attachment("thumbnail", "i.png", width="1"),
        Attachment("thumbnail", "i.png", height="0"),
        Attachment("media", "https://secure.gravatar.com/avatar/1.png"),
    ],
)
def test_what_is_no_picture_or_a_portrait_or_what_nobody_sees_is_left_out(attachment):
    assert names(attachment) == []


def test_no_more_than_a_hundred_files_of_an_entry_are_kept():
    files = [Attachment("enclosure", f"{each}.png") for each in range(120)]
    assert len(images(files, IN_HTML, BASE)) == len(enclosures(files, BASE)) == 100


@pytest.mark.parametrize(
    ("attachment", "enclosure"),
    [
        (Attachment("enclosure", "1.mp3", "Audio/MPEG", " 12 "), Enclosure(
            url="https://a.example/b/1.mp3", type="audio/mpeg", length=12)),
        (Attachment("enclosure", "/1", "audio", "-1"), Enclosure(url="https://a.example/1")),
        (Attachment("media", "/1", "video/mp4"), Enclosure(url="https://a.example/1", type="video/mp4")),
        (Attachment("media", "/1", medium="Audio"), Enclosure(url="https://a.example/1")),
    ],
)  # fmt: skip
def test_an_enclosure_or_media_that_plays_is_an_attached_file(attachment, enclosure):
    assert enclosures([attachment, attachment], BASE) == (enclosure,)


@pytest.mark.parametrize(
    "attachment",
    [
        Attachment("media", "/1", "image/png", medium="video"),
        Attachment("media", "/1.mp3"),
        Attachment("thumbnail", "/1", "video/mp4"),
        Attachment("enclosure", "javascript:1"),
    ],
)
def test_a_picture_or_what_has_no_address_is_no_attached_file(attachment):
    assert enclosures([attachment], BASE) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" Text/HTML ", "text/html"),
        ("audio/x-m4a; codecs=a", "audio/x-m4a; codecs=a"),
        ("application/atom+xml", "application/atom+xml"),
        ("", None),
        ("audio", None),
        ("audio/", None),
        ("a b/c", None),
        ("ä/b", None),
    ],
)
def test_a_media_type_is_in_lower_case_or_none(text, found):
    assert media_type(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" 12\n", 12),
        ("007", 7),
        ("0", 0),
        (str(2**53), 2**53),
        (str(2**53 + 1), None),
        ("1" * 21, None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1e3", None),
        ("٣", None),
        ("²", None),
        ("", None),
    ],
)
def test_a_number_is_whole_not_negative_and_one_that_json_can_keep(text, found):
    assert number(text) == found


def test_a_number_above_what_it_may_be_is_none():
    assert (number("24", 24), number("25", 24)) == (24, None)


@pytest.mark.parametrize(
    ("text", "found"), [("640", 640), (" 640px ", 640), ("0", None), ("100%", None), ("100001", None), ("", None)]
)
def test_a_size_is_in_pixels_or_none(text, found):
    assert pixels(text) == found
