import threading
import time

import pytest
import requests

from emulator import Emulator, Settings
from unit_tests.emulator.asking import Client


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.com", "", "::", "::ffff:10.0.0.1"])
def test_it_serves_this_machine_only(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        Emulator(host=host)


def test_localhost_is_this_machine() -> None:
    with Client(Emulator(host="localhost")) as api:
        assert api.emulator.origin.startswith("http://127.0.0.1:")
        assert api.get().status_code == 200


def test_a_taken_port_is_an_error() -> None:
    with Emulator() as first, pytest.raises(OSError, match="in use"):
        Emulator(port=int(first.origin.rpartition(":")[2]))


def test_starting_and_ending_is_quick_and_leaves_nothing() -> None:
    before = threading.active_count()
    start = time.monotonic()
    for _ in range(10):
        Emulator(Settings(contacts=10)).close()
    assert time.monotonic() - start < 1
    assert threading.active_count() == before


def test_after_the_end() -> None:
    with Client(Emulator(Settings(contacts=3))) as api:
        api.get()
    api.emulator.close()
    assert len(api.emulator.requests) == 1
    assert len(api.emulator.snapshot()) == 3
    with pytest.raises(requests.ConnectionError):
        api.get()


def test_a_reset_keeps_the_port_and_open_connections() -> None:
    with Client(Emulator(Settings(contacts=3))) as api:
        url = api.emulator.url
        for count in range(20):
            api.emulator.reset(Settings(contacts=count))
            assert len(api.walk()) == count
            assert len(api.emulator.requests) == 1
        assert api.emulator.url == url


def test_the_log_holds_copies() -> None:
    with Client(Emulator(Settings(contacts=3))) as api:
        api.get({"limit": 1})
        api.emulator.requests[0].status = 0
        assert api.emulator.requests[0].status == 200
        api.emulator.clear_log()
        assert api.emulator.requests == []
