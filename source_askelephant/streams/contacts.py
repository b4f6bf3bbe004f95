"""Contacts of the workspace."""

from source_askelephant.streams.base import ListStream


class Contacts(ListStream):
    """``GET /v2/contacts``, operation ``list-contacts`` of the OpenAPI document."""

    name = "contacts"
    resource = "v2/contacts"
    scope = "contacts:read"
    primary_key = "id"
    cursor_field = "updated_at"
