"""How the tests speak to an emulator: over HTTP, as any client would."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import pytest
import requests
from typing_extensions import Self

from emulator import Emulator
from emulator.lists import ListName

Params = Mapping[str, str | int]
Contact = dict[str, Any]
LISTS: Sequence[ListName] = ("contacts", "companies", "users", "tags", "engagements")
EVERY_LIST = pytest.mark.parametrize("of", LISTS)
ASCENDING: Params = {"order_by": "updated_at:asc"}


class Client:
    """A client of one emulator, with a session and a credential that is accepted."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self._session = requests.Session()
        self._session.headers["Authorization"] = emulator.settings.api_key

    def get(self, params: Params | None = None, of: str = "contacts", **how: Any) -> requests.Response:
        how = {"timeout": 5, "allow_redirects": False, **how}
        return self._session.get(f"{self.emulator.url}/v2/{of}", params=params, **how)

    def send(self, method: str, path: str, body: object = None) -> requests.Response:
        return self._session.request(method, self.emulator.origin + path, json=body, timeout=5)

    def page(self, params: Params | None = None, of: str = "contacts") -> dict[str, Any]:
        answer = self.get(params, of)
        assert answer.status_code == 200, answer.text
        return cast("dict[str, Any]", answer.json())

    def walk(self, params: Params | None = None, of: str = "contacts") -> list[Contact]:
        """Every record that following the cursors finds."""
        page = self.page(params, of)
        found: list[Contact] = page["data"]
        while page["has_more"]:
            assert page["data"]
            page = self.page({**(params or {}), "cursor": page["next_cursor"]}, of)
            found += page["data"]
        assert page["next_cursor"] is None
        return found

    def ids(self, params: Params | None = None, of: str = "contacts") -> list[str]:
        return [record["id"] for record in self.walk(params, of)]

    def close(self) -> None:
        self._session.close()
        self.emulator.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


Serve = Callable[..., Client]
"""Starts an emulator with these settings and gives a client of it; see conftest.py."""


def instant(text: str) -> datetime:
    """The instant in a timestamp ending in Z, with any fraction."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction.ljust(6, '0')}+00:00")
