"""The faults do what their names say: what had an effect is there afterwards, what had none is not."""

from __future__ import annotations

import faults
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from mocked import mocked_river


@pytest.fixture
def bucket(monkeypatch):
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda _self, _context: 0)
    with mocked_river() as river:
        client = river.clients("s3")

        def put() -> None:
            client.put_object(Bucket=river.stack["EntriesBucket"], Key="k", Body=b"x")

        def there() -> bool:
            return river.clients("s3").list_objects_v2(Bucket=river.stack["EntriesBucket"])["KeyCount"] == 1

        yield client, put, there


def test_a_refused_call_has_no_effect_and_the_next_one_passes(bucket):
    client, put, there = bucket
    met = faults.refuse(client, "PutObject", "AccessDenied", times=1, status=403)
    with pytest.raises(ClientError, match="AccessDenied"):
        put()
    assert not there()
    put()
    assert there()
    assert len(met) == 1


def test_a_lost_reply_comes_after_the_effect(bucket):
    client, put, there = bucket
    met = faults.lose_reply(client, "PutObject", times=4)
    with pytest.raises(ReadTimeoutError):
        put()
    assert there()
    assert len(met) == 4


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_has_an_effect_only_where_it_comes_after_the_call(bucket, after):
    client, put, there = bucket
    faults.crash(client, "PutObject", after=after)
    with pytest.raises(faults.Crash):
        put()
    assert there() is after


def test_an_answer_made_up_has_no_effect_and_answers_come_in_order(bucket):
    client, put, there = bucket
    met = faults.answer(client, "PutObject", b"", b"")
    put()
    put()
    assert not there()
    put()
    assert there()
    assert len(met) == 2


def test_only_the_operation_that_was_named_is_hit(bucket):
    client, put, _there = bucket
    faults.refuse(client, "GetObject", "AccessDenied")
    met = faults.watch(client, "PutObject")
    put()
    assert len(met) == 1
