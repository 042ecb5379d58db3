import codecs

import pytest

from feedriver.parse.encoding import decode

CZECH = "<t>Žluťoučký kůň</t>"
DECLARED = '<?xml version="1.0" encoding="{}"?>'


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_goes_before_every_label(mark, encoding):
    text = DECLARED.format("koi8-r") + CZECH
    assert decode(mark + text.encode(encoding), "text/xml; charset=windows-1251").text == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp037"])
def test_a_document_that_begins_as_another_encoding_does_is_read_as_that_whatever_its_label(encoding):
    text = '<?xml version="1.0" encoding="utf-8"?><t>Plain</t>'
    found = decode(text.encode(encoding), "text/xml; charset=utf-8")
    assert (found.text, found.flaw) == (text, None)


def test_the_charset_of_the_header_goes_before_the_declaration():
    body = DECLARED.format("windows-1250").encode() + "Žluť".encode("iso-8859-2")
    assert decode(body, "text/xml; charset=ISO-8859-2").text.endswith("Žluť")


@pytest.mark.parametrize("header", ["text/xml;charset=koi8-r", 'text/xml; Charset = "KOI8-R"', "x; charset='koi8-r'"])
def test_the_charset_of_a_header_is_read_however_it_is_written(header):
    assert decode("Новости".encode("koi8-r"), header).text == "Новости"


@pytest.mark.parametrize("header", [None, "", "text/xml", "nonsense;;=", "text/xml; charset=", "text/xml; charset=x-y"])
def test_without_a_charset_in_the_header_the_declaration_is_believed(header):
    text = DECLARED.format("koi8-r") + "Новости"
    assert decode(text.encode("koi8-r"), header).text == text


def test_without_any_label_a_document_is_utf_8():
    found = decode(CZECH.encode())
    assert (found.text, found.flaw) == (CZECH, None)


@pytest.mark.parametrize("label", ["iso-8859-1", "latin-1", "windows-1252", "us-ascii"])
def test_the_label_of_those_who_do_not_know_the_encoding_is_not_believed_where_the_bytes_are_utf_8(label):
    found = decode("Grüße".encode(), f"text/xml; charset={label}")
    assert (found.text, found.flaw) == ("Grüße", None)


@pytest.mark.parametrize(
    ("label", "encoding", "text"),
    [
        ("iso-8859-1", "cp1252", "“quoted”"),
        ("iso-8859-9", "cp1254", "“İstanbul”"),
        ("gb2312", "gb18030", "镕"),
        ("euc-kr", "cp949", "똠"),
        ("shift_jis", "cp932", "①"),
        ("iso-8859-11", "cp874", "ไทย"),
    ],
)
def test_a_label_means_the_superset_that_publishers_write(label, encoding, text):
    found = decode(text.encode(encoding), f"text/xml; charset={label}")
    assert (found.text, found.flaw) == (text, None)


@pytest.mark.parametrize("label", ["punycode", "unicode_escape", "rot13", "zlib", "utf-7", "idna", "undefined"])
def test_a_codec_of_python_that_is_no_charset_is_no_label(label):
    found = decode(b"a\\u0041-b", f"text/xml; charset={label}")
    assert (found.text, found.flaw) == (r"a\u0041-b", None)


def test_one_broken_byte_among_many_good_ones_does_not_cost_the_text():
    found = decode("Příliš žluťoučký @".encode().replace(b"@", b"\xff"))
    assert found.text == "Příliš žluťoučký \ufffd"
    assert found.flaw == "1 bytes are not UTF-8"


def test_bytes_that_are_mostly_not_utf_8_are_windows_1252_and_that_is_a_flaw():
    found = decode("“à”".encode("cp1252"))
    assert (found.text, found.flaw) == ("“à”", "not utf-8, read as windows-1252")


def test_bytes_that_their_label_does_not_explain_are_read_as_the_next_one_and_that_is_a_flaw():
    found = decode(DECLARED.format("gb2312").encode() + "丂".encode("gb18030"), "text/xml; charset=euc-jp")
    assert found.text.endswith("丂")
    assert found.flaw == "said to be euc_jp, read as gb18030"


def test_bytes_that_no_encoding_explains_become_replacement_characters():
    found = decode(codecs.BOM_UTF16_LE + "a".encode("utf-16-le") + b"\x00\xd8x\x00")
    assert found.text == "a\ufffdx"
    assert found.flaw == "not all bytes are utf-16-le"


def test_no_bytes_are_no_text():
    assert decode(b"").text == ""
