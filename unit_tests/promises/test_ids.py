"""Records are told apart by ids of every kind; what has none ends in an error that says so, where it matters."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from airbyte_cdk.models import FailureType, Level
from typing_extensions import override

from emulator import Emulator, Settings
from unit_tests.helpers.servers import InFront, Server, serve
from unit_tests.helpers.support import Connector, Output, catalog

NUMBERS: list[Callable[[int], Any]] = [lambda number: number, lambda number: number + 0.5, lambda number: -number]
NOTHING: list[Callable[[int], Any]] = [
    lambda _: None,
    lambda _: "",
    lambda _: True,
    lambda number: [number],
    lambda number: 2.0**60 + number,  # the same double for many
    lambda _: ...,
]


class OtherIds(InFront):
    """Hands out the emulator's contacts with other ids."""

    numbers: ClassVar[dict[str, int]]
    id_of: ClassVar[Callable[[int], Any]]

    @override
    def change(self, page: dict[str, Any]) -> None:
        for record in page["data"]:
            identifier = type(self).id_of(self.numbers[record.pop("id")])
            if identifier is not ...:
                record["id"] = identifier


@pytest.fixture(params=[("flood", 100), ("ties", 100), ("flood", 37), ("ties", 37)], ids=str)
def emulator(request: pytest.FixtureRequest, shared_emulator: Emulator) -> Emulator:
    """Of a server that gives full pages, and of one that gives fewer records than it is asked for."""
    shape, most_per_page = request.param
    shared_emulator.reset(Settings(contacts=700, shape=shape, flood_size=450, most_per_page=most_per_page))
    return shared_emulator


Read = Callable[[Callable[[int], Any]], tuple[Output, Server]]


@pytest.fixture
def read(emulator: Emulator, config: dict[str, Any], connector: Connector) -> Iterator[Read]:
    numbers = {identifier: number for number, identifier in enumerate(sorted(emulator.snapshot()))}
    handler: Any = type("Handler", (OtherIds,), {"emulator": emulator.url, "numbers": numbers})
    with serve(handler) as server:
        config["api_url"] = f"http://{server.address}/api"

        def read(id_of: Callable[[int], Any]) -> tuple[Output, Server]:
            handler.id_of = id_of
            return connector("read", config={**config, "num_workers": 1}, catalog=catalog()), server

        yield read


@pytest.mark.parametrize("id_of", NUMBERS)
def test_ids_that_are_numbers(read: Read, id_of: Callable[[int], Any]) -> None:
    output, server = read(id_of)
    assert output.exit_code == 0
    assert sorted(record["id"] for record in output.records) == sorted(map(id_of, range(700)))
    assert len(server.requests) < 45
    assert not any("no usable id" in said for said in output.logs(Level.WARN))


@pytest.mark.parametrize("id_of", NOTHING)
def test_records_without_a_usable_id(read: Read, emulator: Emulator, id_of: Callable[[int], Any]) -> None:
    output, server = read(id_of)
    assert len(server.requests) < 45
    told = output.logs(Level.WARN)
    assert any("records have no usable id" in said or "'id' came with values that can't be" in said for said in told)
    if emulator.settings.shape == "ties":  # fewer at an instant than a page holds
        assert output.exit_code == 0
        assert len(output.records) >= 700
        return
    failure_type, message = output.failure
    assert failure_type == FailureType.system_error
    (instant,) = {
        contact["updated_at"]
        for contact in emulator.snapshot().values()
        if [each["updated_at"] for each in emulator.snapshot().values()].count(contact["updated_at"]) > 100
    }
    assert f"more records than a page holds are of {instant}, and not all of them have a usable id" in message
