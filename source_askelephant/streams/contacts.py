"""Contacts of the workspace."""

import json
from typing import ClassVar

from source_askelephant.streams.base import Filter, ListStream


class Contacts(ListStream):
    """``GET /v2/contacts``, operation ``list-contacts`` of the OpenAPI document."""

    name = "contacts"
    resource = "v2/contacts"
    scope = "contacts:read"
    primary_key = "id"
    cursor_field = "updated_at"
    filters: ClassVar = {
        "search": Filter("search", "that match the search {!r}".format),
        "crm_contact_ids": Filter(
            "filter[crm_associations][eq]",
            lambda ids: f"that belong to {len(ids)} CRM contacts",
            lambda ids: json.dumps([{"id": id_, "object_type": "contact"} for id_ in ids]),
        ),
    }
