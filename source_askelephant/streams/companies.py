"""Companies of the workspace."""

from source_askelephant.streams.base import ListStream


class Companies(ListStream):
    """``GET /v2/companies``, operation ``list-companies`` of the OpenAPI document."""

    name = "companies"
    resource = "v2/companies"
    scope = "companies:read"
    primary_key = "id"
    cursor_field = "updated_at"
