"""The bucket, on moto: the contract of `Store`, and what S3's bad days make of it."""

from __future__ import annotations

import contracts
import faults
import pytest

from feedriver.aws.store import S3Store
from feedriver.errors import EdgeError


@pytest.fixture
def client(river):
    return river.clients("s3")


@pytest.fixture
def store(river, client):
    return S3Store(client, river.stack["EntriesBucket"])


def test_the_bucket_keeps_the_contract_of_stores(store):
    contracts.check_store(store)


def test_an_object_says_what_it_is_and_how_it_is_coded(store, client):
    store.put("raw/a", b"x", "application/rss+xml", "gzip")
    store.put("entries/a", b"{}\n", "application/x-ndjson")
    raw, plain = (client.head_object(Bucket=store.bucket, Key=key) for key in ("raw/a", "entries/a"))
    assert (raw["ContentType"], raw["ContentEncoding"]) == ("application/rss+xml", "gzip")
    assert plain["ContentType"] == "application/x-ndjson"
    assert "ContentEncoding" not in plain


@pytest.mark.case("D26")
def test_d26_an_object_carries_a_checksum_that_s3_verifies(store, client):
    sent = faults.watch(client, "PutObject")
    store.put("entries/a", b"{}\n", "application/x-ndjson")
    head = client.head_object(Bucket=store.bucket, Key="entries/a", ChecksumMode="ENABLED")
    assert len(sent) == 1
    assert any(name.startswith("ChecksumCRC") and head[name] for name in head)


@pytest.mark.case("D26")
@pytest.mark.parametrize("code", ["SlowDown", "InternalError", "RequestTimeout"])
def test_d26_a_bucket_that_is_slow_for_a_moment_is_asked_again(code, store, client):
    met = faults.refuse(client, "PutObject", code, times=2, status=503)
    store.put("entries/a", b"{}\n", "application/x-ndjson")
    assert len(met) == 2
    assert store.get("entries/a") == b"{}\n"


@pytest.mark.case("D26")
@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("PutObject", lambda store: store.put("entries/a", b"", "text/plain")),
        ("GetObject", lambda store: store.get("entries/a")),
        ("DeleteObjects", lambda store: store.discard(["entries/a"])),
    ],
)
def test_d26_a_refusal_names_the_operation_and_the_code(operation, call, store, client):
    faults.refuse(client, operation, "AccessDenied", status=403)
    with pytest.raises(EdgeError) as caught:
        call(store)
    assert str(caught.value) == f"s3 {operation}: AccessDenied"


@pytest.mark.case("D02")
def test_d02_an_object_put_twice_since_the_reply_was_lost_is_one_object(store, client):
    faults.lose_reply(client, "PutObject")
    store.put("entries/a", b"{}\n", "application/x-ndjson")
    assert store.get("entries/a") == b"{}\n"


def test_an_object_that_could_not_be_deleted_is_an_edge_error(store, client):
    body = b"<DeleteResult><Error><Key>entries/a</Key><Code>AccessDenied</Code></Error></DeleteResult>"
    faults.answer(client, "DeleteObjects", body)
    with pytest.raises(EdgeError, match=r"^s3 DeleteObjects: AccessDenied$"):
        store.discard(["entries/a"])


def test_a_body_that_breaks_off_while_it_is_read_is_an_edge_error(store, client):
    store.put("entries/a", b"{}\n", "application/x-ndjson")
    faults.cut_short(client, "GetObject")
    with pytest.raises(EdgeError, match=r"^s3 GetObject: "):
        store.get("entries/a")


@pytest.mark.case("W01")
@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://a.example/%E6%97%A5?q=%20", "https://a.example/%E6%97%A5?q=%20"),
        ("https://a.example/dir/feed?" + "%20" * 600, "https://a.example/dir/"),
        ("https://a.example/" + "x" * 1_990 + "/feed", None),
    ],
)
def test_w1_an_address_that_metadata_has_no_room_for_is_kept_as_what_is_relative_to_it_needs(store, url, told):
    store.put("raw/a", b"x", "text/xml", "gzip", url)
    assert store.read("raw/a").url == told


def test_discarding_nothing_asks_s3_for_nothing(store, client):
    asked = faults.watch(client, "DeleteObjects")
    store.discard([])
    assert asked == []
