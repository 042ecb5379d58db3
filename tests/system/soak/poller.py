"""The process that is killed: the real poller at the embedded AWS, batch after batch, telling of each call it makes."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import Any

from feedriver.local.emulator import Emulator
from feedriver.poll.batches import Batch
from feedriver.settings import PollSettings
from feedriver.wiring.clients import utc_now
from feedriver.wiring.poll import poller

for _service in ("dynamodb", "s3", "events"):  # AWS's descriptions are read once, before the first of us is forked
    Emulator("http://127.0.0.1").clients(_service)


def poll_until_killed(endpoint: str, settings: PollSettings, feeds: tuple[str, ...], word: Connection) -> None:
    """Poll these feeds for ever. `word` hears the name of each AWS call before it is sent and after its answer."""

    def before(event_name: str, **_: object) -> None:
        word.send_bytes(f"{event_name.rpartition('.')[2]}".encode())

    def after(event_name: str, **_: object) -> None:
        word.send_bytes(f"{event_name.rpartition('.')[2]} done".encode())

    def clients(service: str) -> Any:
        client = Emulator(endpoint).clients(service)
        client.meta.events.register_first("before-send", before)
        client.meta.events.register_last("after-call", after)
        return client

    polling = poller(settings, clients=clients)
    while True:
        polling.poll(Batch(minute=utc_now(), feeds=feeds), force=True)
