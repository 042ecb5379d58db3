"""Documents in each format with every text that one can hold: `%` stands where a test puts its own."""

ITEM_OF_JSON = {
    "id": "1",
    "url": "https://e.example/%",
    "external_url": "https://e.example/%",
    "title": "%",
    "content_html": "<p title='%'>%<a href='https://e.example/%'>x</a><img src='%.png'></p>",
    "content_text": "%",
    "summary": "%",
    "image": "https://e.example/%",
    "banner_image": "%",
    "date_published": "%",
    "date_modified": "%",
    "language": "%",
    "tags": ["%"],
    "authors": [{"name": "%", "url": "%", "avatar": "%"}],
    "author": {"name": "%", "url": "%"},
    "attachments": [{"url": "%", "mime_type": "audio/%", "size_in_bytes": "%", "title": "%"}],
    "%": "%",
}
OF_JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "%",
    "description": "%",
    "home_page_url": "https://e.example/%",
    "feed_url": "%",
    "next_url": "https://e.example/%",
    "icon": "https://e.example/%.png",
    "favicon": "%",
    "language": "%",
    "authors": [{"name": "%", "url": "https://e.example/%"}],
    "hubs": [{"type": "%", "url": "https://e.example/%"}],
}
ITEM_OF_XML = """<title>%</title><link>https://e.example/%</link><guid>%1</guid><author>%</author><pubDate>%</pubDate>
<description>&lt;a href="%"&gt;x&lt;/a&gt;&lt;img src="%.png"/&gt;</description><category domain="%">%</category>
<comments>%</comments><enclosure url="https://e.example/%" type="audio/%" length="%"/><source url="%">%</source>
<media:content url="https://e.example/%" type="video/%" medium="%" width="%"/><itunes:image href="%"/>
<itunes:duration>%</itunes:duration><georss:point>%</georss:point><georss:featurename>%</georss:featurename>
<thr:in-reply-to ref="%" href="%"/><podcast:transcript url="%" type="text/%"/><podcast:chapters url="%" type="%"/>"""
OF_RSS = f"""<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:georss="http://www.georss.org/georss"
xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:thr="http://purl.org/syndication/thread/1.0"
xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>%</title><link>https://e.example/%</link>
<description>%</description><language>%</language><image><url>%</url></image><managingEditor>%</managingEditor>
<item><guid>good</guid><title>good</title></item><item>{ITEM_OF_XML}</item></channel></rss>"""
OF_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" xml:lang="%">
<id>%</id><title>%</title><link href="https://e.example/%"/><link rel="self" href="%"/><link rel="hub" href="%"/>
<link rel="next" href="%"/><icon>%</icon><author><name>%</name><uri>%</uri><email>%@%</email></author>
<updated>%</updated>
<at:deleted-entry ref="%" when="%"/><entry><id>good</id><title>good</title></entry><entry><id>%2</id><title>%</title>
<link href="%"/><link rel="enclosure" type="a/%" href="%"/><category term="%" scheme="%" label="%"/><updated>%</updated>
<content type="html" xml:base="https://e.example/%">&lt;a href="%"&gt;%&lt;/a&gt;</content></entry></feed>"""
