"""Markup and addresses that would run a script, each of another kind. RUN stands for the script."""

from __future__ import annotations

import html
import json

MARKUP = {
    # What feedparser's own sanitizer lets through
    "comment closed early": "<!--><script>RUN</script>-->",
    "comment closed by a bang": "<!-- --!><img src=x onerror=RUN>",
    "tab in the scheme": '<a href="java&#9;script:RUN">x</a>',
    "colon by name": '<a href="javascript&colon;RUN">x</a>',
    "control before the scheme": '<a href="&#1;javascript:RUN">x</a>',
    "xlink": '<svg><a xlink:href="javascript:RUN"><text y="20">x</text></a></svg>',
    "animate values": '<svg><a><animate attributeName="href" values="javascript:RUN"/><text y="20">x</text></a></svg>',
    "set to": '<svg><a><set attributeName="href" to="javascript:RUN"/><text y="20">x</text></a></svg>',
    # Scripts
    "script": "<script>RUN</script>",
    "script in capitals": "<ScRiPt>RUN</sCrIpT >",
    "script within a script": "<scr<script>ipt>RUN</scr</script>ipt>",
    "script with a slash": "<script/x>RUN</script/x>",
    "script with a NUL": "<scr\x00ipt>RUN</script>",
    "script from data": "<script src='data:text/javascript,RUN'></script>",
    "script never closed": "<script>RUN//",
    "script in svg": "<svg><script>RUN</script></svg>",
    "script by references": "<svg><script>&#116;op&#46;postMessage</script><script>RUN</script></svg>",
    "script in math": "<math><mi><script>RUN</script></mi></math>",
    "script in an unknown element": "<x-thing><script>RUN</script></x-thing>",
    # Handlers
    "onerror": "<img src=x onerror=RUN>",
    "onerror without a space": '<img/src="x"/onerror="RUN">',
    "onerror after a form feed": "<img src=x\x0conerror=RUN>",
    "onerror by references": '<img src=x onerror="&#32;RUN">',
    "onerror after a broken quote": '<img src="x` `<script>RUN</script>"` onerror=RUN>',
    "onerror in a doubled tag": "<<img src=x onerror=RUN>",
    "onload of svg": "<svg onload=RUN>",
    "onload of svg with a slash": "<svg/onload=RUN//",
    "onload of a body": "<body onload=RUN>",
    "onload of an iframe": "<iframe onload=RUN></iframe>",
    "onload of a style": "<style onload=RUN></style>",
    "onclick": "<p onclick=RUN>x</p>",
    "onmouseover": "<b onmouseover='RUN'>x</b>",
    "onfocus": "<input autofocus onfocus=RUN>",
    "onfocus of anything": "<div tabindex=0 autofocus onfocus=RUN>x</div>",
    "ontoggle": "<details open ontoggle=RUN><summary>x</summary></details>",
    "onstart": "<marquee onstart=RUN>x</marquee>",
    "onanimationstart": "<style>@keyframes k{}</style><p style='animation-name:k' onanimationstart=RUN>x</p>",
    "onbegin": "<svg><animate onbegin=RUN attributeName=x dur=1s></svg>",
    "onerror of video": "<video><source onerror=RUN></video>",
    "onerror of audio": "<audio src=x onerror=RUN></audio>",
    "onerror of an object": "<object data=x: onerror=RUN></object>",
    "onsubmit": "<form onsubmit=RUN><button>x</button></form>",
    "a handler nobody knows": "<p onfuturething=RUN>x</p>",
    # Addresses
    "javascript link": '<a href="javascript:RUN">x</a>',
    "javascript in mixed case": '<a href="JaVaScRiPt:RUN">x</a>',
    "javascript with a line": '<a href="java\nscript:RUN">x</a>',
    "javascript by numbers": '<a href="&#106;&#97;&#118;&#97;script:RUN">x</a>',
    "javascript by long numbers": '<a href="&#0000106avascript:RUN">x</a>',
    "javascript after spaces": '<a href=" \t\njavascript:RUN">x</a>',
    "javascript after a wide space": '<a href="\u3000javascript:RUN">x</a>',
    "javascript escaped twice": '<a href="javascript&amp;colon;RUN">x</a>',
    "javascript by percent": '<a href="javascript:%74op;RUN">x</a>',
    "javascript with a comment": '<a href="javascript://host/%0ARUN">x</a>',
    "javascript in an area": '<map name=m><area href="javascript:RUN" shape=default></map><img usemap=#m src=x>',
    "vbscript": '<a href="vbscript:RUN">x</a>',
    "livescript": '<a href="livescript:RUN">x</a>',
    "data page": '<a href="data:text/html,<script>RUN</script>">x</a>',
    "data page in base64": '<a href="data:text/html;base64,PHNjcmlwdD50b3A8L3NjcmlwdD4=">x</a>',
    "data in an image": "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='RUN'/>\">",
    "blob": '<a href="blob:https://evil.example/RUN">x</a>',
    "view-source": '<a href="view-source:javascript:RUN">x</a>',
    "feed scheme": '<a href="feed:javascript:RUN">x</a>',
    "srcset": '<img srcset="javascript:RUN 1x, x 2x" onerror=RUN>',
    "picture": '<picture><source srcset="x" onerror=RUN><img src=x onerror=RUN></picture>',
    "ping": '<a href="https://a.example/" ping="javascript:RUN">x</a>',
    "cite": '<blockquote cite="javascript:RUN">x</blockquote><q cite="java&Tab;script:RUN">y</q>',
    "background": '<table background="javascript:RUN"><tr><td background="javascript:RUN">x</td></tr></table>',
    "dynsrc": '<img dynsrc="javascript:RUN" lowsrc="javascript:RUN">',
    "poster": '<video poster="javascript:RUN" onloadstart=RUN><source src=x></video>',
    # Frames, objects and what stands for the page
    "iframe": '<iframe src="javascript:RUN"></iframe>',
    "srcdoc": '<iframe srcdoc="&lt;script&gt;RUN&lt;/script&gt;"></iframe>',
    "srcdoc escaped twice": '<iframe srcdoc="&amp;lt;script&amp;gt;RUN&amp;lt;/script&amp;gt;"></iframe>',
    "iframe of data": "<iframe src='data:text/html,<script>RUN</script>'></iframe>",
    "frameset": '<frameset><frame src="javascript:RUN"></frameset>',
    "object": '<object data="javascript:RUN"></object>',
    "object of data": "<object data='data:text/html,<script>RUN</script>'></object>",
    "embed": '<embed src="javascript:RUN">',
    "embed of data": "<embed src='data:text/html,<script>RUN</script>'>",
    "applet": '<applet code="javascript:RUN"></applet>',
    "meta refresh": '<meta http-equiv="refresh" content="0;url=javascript:RUN">',
    "meta refresh to data": '<meta http-equiv=refresh content="0;url=data:text/html,<script>RUN</script>">',
    "base": '<base href="javascript:RUN//"><a href="#x">x</a>',
    "link": '<link rel=stylesheet href="javascript:RUN"><link rel=import href="data:text/html,<script>RUN</script>">',
    "portal": '<portal src="javascript:RUN"></portal>',
    "processing instruction": "<?xml-stylesheet href='javascript:RUN'?><img src=x onerror=RUN>",
    # Forms
    "form": '<form action="javascript:RUN"><input type=submit></form>',
    "formaction": '<form><button formaction="javascript:RUN">x</button></form>',
    "formaction of an image": '<form><input type=image src=x formaction="javascript:RUN"></form>',
    "form of another": '<form id=f></form><button form=f formaction="javascript:RUN">x</button>',
    "isindex": '<isindex type=image src=x onerror=RUN action="javascript:RUN">',
    # Style sheets
    "expression": '<p style="width:expression(RUN)">x</p>',
    "url in a style": "<p style=\"background:url('javascript:RUN')\">x</p>",
    "binding": "<p style=\"-moz-binding:url('data:text/xml,RUN')\">x</p>",
    "behavior": '<p style="behavior:url(javascript:RUN)">x</p>',
    "import in a style": "<style>@import 'javascript:RUN';</style>",
    "style closed early": "<style><!--</style><script>RUN</script>-->",
    # Namespaces and parsers that change what they read
    "style in svg": "<svg><style><img src=x onerror=RUN></style></svg>",
    "style in math": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=RUN&gt;">',
    "malignmark": "<math><mtext><mglyph><malignmark><style><img src=x onerror=RUN></style>",
    "annotation": '<math><annotation-xml encoding="text/html"><script>RUN</script></annotation-xml></math>',
    "annotation with a style": (
        '<math><annotation-xml encoding="text/html"><style><a title="</style><img src=x onerror=RUN>">'
    ),
    "foreign object": "<svg><foreignObject><iframe onload=RUN></iframe></foreignObject></svg>",
    "desc and title of svg": "<svg></p><title><style><img title='</style><img src=x onerror=RUN>'>",
    "form in a form": "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=RUN></style></form>",
    "table in svg": "<svg><p><style><g title='</style><img src=x onerror=RUN>'>",
    "noscript": "<noscript><p title='</noscript><img src=x onerror=RUN>'></noscript>",
    "noembed": "<noembed><p title='</noembed><img src=x onerror=RUN>'></noembed>",
    "noframes": "<noframes><p title='</noframes><img src=x onerror=RUN>'></noframes>",
    "xmp": "<xmp><p title='</xmp><img src=x onerror=RUN>'></xmp>",
    "title": "<title><p title='</title><img src=x onerror=RUN>'></title>",
    "textarea": "<textarea><p title='</textarea><img src=x onerror=RUN>'></textarea>",
    "template": "<template><p title='</template>'><img src=x onerror=RUN></template><img src=x onerror=RUN>",
    "shadow": "<div><template shadowrootmode=open><img src=x onerror=RUN></template></div>",
    "select": "<select><option><style></option></select><img src=x onerror=RUN></style>",
    "select with svg": "<select><keygen><svg><style></select><img src=x onerror=RUN></style>",
    "plaintext": "<plaintext><img src=x onerror=RUN>",
    "listing": "<listing>&lt;img src=x onerror=RUN&gt;</listing>",
    "CDATA": "<![CDATA[<img src=x onerror=RUN>]]>",
    "CDATA in svg": "<svg><![CDATA[><img src=x onerror=RUN>]]>",
    "CDATA in math": "<math><![CDATA[</math><img src=x onerror=RUN>]]>",
    "attribute that closes": '<p title="</p><img src=x onerror=RUN>">x</p>',
    "alt with backticks": '<img alt="``onerror=RUN" src=x>',
    "references in text": "&lt;img src=x onerror=RUN&gt;",
    "references in text, twice": "&amp;lt;img src=x onerror=RUN&amp;gt;",
    "nested until it is given up": "<div>" * 600 + "<img src=x onerror=RUN>",
    "use": "<svg><use href=\"data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'/>#x\" onload=RUN></svg>",
    "image of svg": '<svg><image href="x" onerror=RUN /></svg>',
    "handler element": '<svg><handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">RUN</handler></svg>',
    "xml stylesheet": "<xml id=x><a><b><![CDATA[<img src=x onerror=RUN>]]></b></a></xml>",
    "is": '<button is="x-y" onclick=RUN>x</button>',
    # Names that stand in the page's own way
    "clobbered cookies": "<img name=cookie><form name=body><input name=attributes></form><img src=x onerror=RUN>",
    "clobbered by id": '<a id=config></a><a id=config name=url href="javascript:RUN">x</a>',
    "clobbered form": "<form id=test><input name=parentNode onfocus=RUN autofocus><input name=nodeName></form>",
    "utf-7": "+ADw-script+AD4-RUN+ADw-/script+AD4-",
    "overlong": "\xc0\xbcscript\xc0\xbeRUN\xc0\xbc/script\xc0\xbe",
    "full width": "\uff1cscript\uff1eRUN\uff1c/script\uff1e",
}
ADDRESSES = [
    "javascript:RUN",
    "JaVaScRiPt:RUN",
    "java\tscript:RUN",
    "java\nscript:RUN",
    " javascript:RUN",
    "\u00a0javascript:RUN",
    "\u200bjavascript:RUN",
    "\ufeffjavascript:RUN",
    "javascript\u003aRUN",
    "javascript&colon;RUN",
    "javascript&#58;RUN",
    "&#1;javascript:RUN",
    "javascript://a.example/%0aRUN",
    "vbscript:RUN",
    "data:text/html,<script>RUN</script>",
    "data:image/svg+xml,<svg onload='RUN'/>",
    "blob:https://a.example/RUN",
    "file:///etc/passwd",
    "filesystem:https://a.example/RUN",
    "about:blank",
    "chrome://settings",
    "view-source:javascript:RUN",
    "feed:javascript:RUN",
    "ms-its:RUN",
    "x-thing:RUN",
    'https://a.example/"onmouseover="RUN',
    "https://a.example/'><script>RUN</script>",
    "//evil.example/RUN",
    "mailto:a@b.example?body=<script>RUN</script>",
]
ESCAPED, TWICE, CDATA, XHTML = "escaped", "escaped twice", "cdata", "xhtml"


def _atom(kind: str, value: str) -> str:
    title = f'<title type="{kind}">{value}</title>'
    return f'{title}<summary type="{kind}">{value}</summary><content type="{kind}">{value}</content>'


def documents(payload: str) -> dict[str, bytes]:
    """A feed of each kind that has `payload` as markup wherever a text may stand."""
    cdata = f"<![CDATA[{payload.replace(']]>', ']]]]><![CDATA[>')}]]>"
    # XML knows no NUL and no form feed.
    once = html.escape(payload.replace("\x00", "").replace("\x0c", " "))
    twice = html.escape(once)
    found = {}
    for name, value in ((ESCAPED, once), (TWICE, twice), (CDATA, cdata)):
        found[f"rss {name}"] = (
            '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
            f"<channel><title>{value}</title><description>{value}</description><language>{value}</language>"
            f"<item><guid>{value}</guid><title>{value}</title><description>{value}</description>"
            f"<content:encoded>{value}</content:encoded><dc:creator>{value}</dc:creator><author>{value}</author>"
            f"<category domain='x'>{value}</category><itunes:summary>{value}</itunes:summary></item></channel></rss>"
        )
        for kind in ("html", "text"):
            found[f"atom {kind} {name}"] = (
                f'<feed xmlns="http://www.w3.org/2005/Atom"><title type="{kind}">{value}</title>'
                f"<entry><id>x</id>{_atom(kind, value)}"
                f"<author><name>{value}</name><email>{value}</email></author></entry></feed>"
            )
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{payload}</div>'
    found["atom xhtml"] = (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>'
        f"<entry><id>x</id>{_atom('xhtml', div)}</entry></feed>"
    )
    item = {"id": payload, "title": payload, "content_html": payload, "summary": payload, "tags": [payload]}
    found["json"] = _json(payload, item | {"authors": [{"name": payload}]})
    found["json text"] = _json(payload, {"id": "x", "content_text": payload})
    return {name: text.encode() for name, text in found.items()}


def _json(title: str, *items: object) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": title, "items": items})


def addressed(payload: str) -> dict[str, bytes]:
    """A feed of each kind that has `payload` wherever an address may stand."""
    value = html.escape(payload)
    media = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    return {
        "rss": (
            f'<rss version="2.0" {media}><channel><title>x</title><link>{value}</link><image><url>{value}</url>'
            f'<link>{value}</link></image><itunes:image href="{value}"/><item><guid isPermaLink="true">{value}</guid>'
            f'<title>x</title><link>{value}</link><comments>{value}</comments><enclosure url="{value}" type="image/png"'
            f' length="1"/><media:content url="{value}" medium="image"/><media:thumbnail url="{value}"/>'
            f'<itunes:image href="{value}"/><source url="{value}">x</source></item></channel></rss>'
        ).encode(),
        "atom": (
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{value}"><title>x</title><icon>{value}</icon>'
            f'<logo>{value}</logo><link href="{value}"/><author><name>x</name><uri>{value}</uri></author>'
            f'<entry xml:base="{value}"><id>{value}</id><title>x</title><link href="{value}"/>'
            f'<link rel="enclosure" href="{value}" type="audio/mpeg"/><author><name>x</name><uri>{value}</uri></author>'
            f'<category term="x" scheme="{value}"/>'
            f'<content type="html">&lt;a href="y"&gt;z&lt;/a&gt;</content></entry></feed>'
        ).encode(),
        "json": json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "x",
                "home_page_url": payload,
                "icon": payload,
                "favicon": payload,
                "authors": [{"name": "x", "url": payload, "avatar": payload}],
                "items": [
                    {
                        "id": "x",
                        "title": "x",
                        "url": payload,
                        "external_url": payload,
                        "image": payload,
                        "banner_image": payload,
                        "authors": [{"name": "x", "url": payload, "avatar": payload}],
                        "attachments": [{"url": payload, "mime_type": "audio/mpeg"}],
                    }
                ],
            }
        ).encode(),
    }
