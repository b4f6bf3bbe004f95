"""The peer: a plain sequential `HttpStream`, as one writes it who follows the vendor's advice on incremental reads.

Ascending by ``updated_at``, the largest pages, ``next_cursor`` until there is none, the last ``updated_at`` as state.
"""

import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import requests
from airbyte_cdk.entrypoint import launch
from airbyte_cdk.models import ConnectorSpecification
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.streams import CheckpointMixin, Stream
from airbyte_cdk.sources.streams.http import HttpStream
from typing_extensions import override


class Contacts(HttpStream, CheckpointMixin):
    """The list of contacts."""

    name = "contacts"
    primary_key = "id"
    cursor_field = "updated_at"
    state_checkpoint_interval = 1000
    url_base = ""
    state: MutableMapping[str, Any] = {}  # noqa: RUF012 - replaced, never changed

    def __init__(self, api_url: str, api_key: str) -> None:
        super().__init__()
        self.url_base = f"{api_url}/"
        self._api_key = api_key

    @override
    def path(self, **_: Any) -> str:
        return "v2/contacts"

    @override
    def request_headers(self, *_: Any, **__: Any) -> Mapping[str, Any]:
        return {"Authorization": self._api_key}

    @override
    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> MutableMapping[str, Any]:
        since = {"filter[updated_at][gte]": stream_state[self.cursor_field]} if stream_state else {}
        return {"limit": 100, "order_by": "updated_at:asc", **since, **(next_page_token or {})}

    @override
    def next_page_token(self, response: requests.Response) -> Mapping[str, Any] | None:
        page = response.json()
        return {"cursor": page["next_cursor"]} if page["has_more"] else None

    @override
    def parse_response(self, response: requests.Response, **_: Any) -> Iterable[Mapping[str, Any]]:
        yield from response.json()["data"]

    @override
    def read_records(self, *args: Any, **kwargs: Any) -> Iterable[Any]:
        for record in super().read_records(*args, **kwargs):
            yield record
            self.state = {self.cursor_field: record[self.cursor_field]}  # type: ignore[index]  # no messages among them

    @override
    def get_json_schema(self) -> Mapping[str, Any]:  # type: ignore[override]  # the CDK's own is cached
        return {"type": "object", "properties": {}}


class SourcePlain(AbstractSource):
    """Takes the same configuration as the connector, and reads of it the address and the API key."""

    @override
    def spec(self, logger: Any) -> ConnectorSpecification:
        return ConnectorSpecification(connectionSpecification={"type": "object"})

    @override
    def check_connection(self, logger: Any, config: Mapping[str, Any]) -> tuple[bool, None]:
        return True, None

    @override
    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        return [Contacts(config["api_url"], config["credentials"]["api_key"])]


if __name__ == "__main__":
    launch(SourcePlain(), sys.argv[1:])
