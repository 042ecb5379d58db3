from __future__ import annotations

import pytest
from mocked import mocked_river


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """botocore retries as ever, and does not sleep before it."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda _self, _context: 0)


@pytest.fixture
def river():
    with mocked_river() as river:
        yield river
