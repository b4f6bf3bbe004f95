"""A tap as one writes it with the Singer SDK: cursor pagination, and updated_at as replication key."""

from collections.abc import Iterable
from typing import Any

import requests
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator
from singer_sdk.pagination import JSONPathPaginator
from typing_extensions import override


class Contacts(RESTStream[str]):
    """The list of contacts."""

    name = "contacts"
    path = "/v2/contacts"
    primary_keys = ("id",)
    replication_key = "updated_at"
    is_sorted = True
    records_jsonpath = "$.data[*]"
    schema = th.PropertiesList(
        th.Property("id", th.StringType, required=True),
        th.Property("object", th.StringType),
        th.Property("first_name", th.StringType),
        th.Property("last_name", th.StringType),
        th.Property("description", th.StringType),
        th.Property("company", th.ObjectType(additional_properties=True)),
        th.Property("emails", th.ArrayType(th.ObjectType(additional_properties=True))),
        th.Property("phone_numbers", th.ArrayType(th.ObjectType(additional_properties=True))),
        th.Property("crm_association", th.ObjectType(additional_properties=True)),
        th.Property("time_zone", th.StringType),
        th.Property("created_at", th.DateTimeType),
        th.Property("updated_at", th.DateTimeType),
    ).to_dict()

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["api_url"])

    @property
    @override
    def authenticator(self) -> APIKeyAuthenticator:
        return APIKeyAuthenticator(key="Authorization", value=self.config["api_key"], location="header")

    @override
    def get_new_paginator(self) -> JSONPathPaginator:
        return JSONPathPaginator("$.next_cursor")

    @override
    def get_url_params(self, context: Any, next_page_token: str | None) -> dict[str, Any]:
        parameters: dict[str, Any] = {"limit": 100, "order_by": "updated_at:asc"}
        if since := self.get_starting_replication_key_value(context):
            parameters["filter[updated_at][gte]"] = since
        if next_page_token:
            parameters["cursor"] = next_page_token
        return parameters

    @override
    def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
        yield from response.json()["data"]


class TapAskElephant(Tap):
    """A tap with one stream."""

    name = "tap-askelephant"
    config_jsonschema = th.PropertiesList(
        th.Property("api_key", th.StringType, required=True, secret=True),
        th.Property("api_url", th.StringType, required=True),
    ).to_dict()

    @override
    def discover_streams(self) -> list[Contacts]:
        return [Contacts(self)]


if __name__ == "__main__":
    TapAskElephant.cli()
