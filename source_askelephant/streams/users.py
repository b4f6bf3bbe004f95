"""Users of the workspace: those who own engagements, not those who take part in them."""

from source_askelephant.streams.base import ListStream


class Users(ListStream):
    """``GET /v2/users``, operation ``list-users`` of the OpenAPI document."""

    name = "users"
    resource = "v2/users"
    scope = "users:read"
    primary_key = "id"
    cursor_field = "updated_at"
