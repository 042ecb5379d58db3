import asyncio
import socket
import threading

import pytest

from feedriver.fetch import resolver

V4 = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 80))
V6 = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 80, 0, 0))


class System:
    """The system's `getaddrinfo`: what it was asked, in which thread, and what it answers."""

    def __init__(self, *found):
        self.found = found
        self.asked = []
        self.threads = []

    def __call__(self, host, port, family, *hints):
        self.asked.append((host, port, family, hints[0]))
        self.threads.append(threading.current_thread())
        if isinstance(self.found[0], Exception):
            raise self.found[0]
        return list(self.found)


@pytest.fixture
def resolve(monkeypatch):
    """Look a name up, where the system's resolver is this one."""

    def with_system(system, *arguments, threads=1):
        monkeypatch.setattr(resolver.socket, "getaddrinfo", system)

        async def story():
            names = resolver.SystemResolver(threads)
            try:
                return await names.resolve(*arguments)
            finally:
                await names.close()

        return asyncio.run(story())

    return with_system


def test_addresses_keep_the_order_of_the_system(resolve):
    found = resolve(System(V6, V4), "host.example", 80)
    assert [(each["host"], each["family"]) for each in found] == [
        ("2001:db8::1", socket.AF_INET6),
        ("192.0.2.1", socket.AF_INET),
    ]


def test_an_address_keeps_the_name_it_was_found_by_and_is_not_looked_up_again(resolve):
    (found,) = resolve(System(V4), "host.example", 8080)
    assert (found["hostname"], found["port"], found["proto"]) == ("host.example", 8080, 6)
    assert found["flags"] == socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


def test_the_system_is_asked_for_stream_sockets_of_a_name_in_bytes(resolve):
    system = System(V4)
    resolve(system, "xn--bcher-kva.example", 80, socket.AF_INET)
    assert system.asked == [(b"xn--bcher-kva.example", 80, socket.AF_INET, socket.SOCK_STREAM)]


def test_a_lookup_runs_in_a_thread_of_the_resolver_and_not_of_the_event_loop(resolve):
    system = System(V4)
    resolve(system, "host.example", 80)
    assert [thread.name for thread in system.threads] == ["dns_0"]


def test_a_name_that_does_not_resolve_raises_what_the_system_raised(resolve):
    with pytest.raises(socket.gaierror, match="not known"):
        resolve(System(socket.gaierror(socket.EAI_NONAME, "not known")), "host.example", 80)


def test_closing_does_not_wait_for_a_lookup_under_way(monkeypatch):
    started, released = threading.Event(), threading.Event()

    def hangs(*_):
        started.set()
        if not released.wait(30):
            raise TimeoutError
        return [V4]

    monkeypatch.setattr(resolver.socket, "getaddrinfo", hangs)

    async def story():
        names = resolver.SystemResolver(1)
        looking = asyncio.create_task(names.resolve("host.example", 80))
        assert await asyncio.to_thread(started.wait, 60)
        await names.close()
        assert not looking.done()
        with pytest.raises(RuntimeError, match="shutdown"):
            await names.resolve("other.example", 80)
        released.set()
        return await looking

    assert [each["host"] for each in asyncio.run(story())] == ["192.0.2.1"]
