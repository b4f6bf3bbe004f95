"""Tags of the workspace."""

from source_askelephant.streams.base import ListStream


class Tags(ListStream):
    """``GET /v2/tags``, operation ``list-tags`` of the OpenAPI document."""

    name = "tags"
    resource = "v2/tags"
    scope = "tags:read"
    primary_key = "id"
    cursor_field = "updated_at"
