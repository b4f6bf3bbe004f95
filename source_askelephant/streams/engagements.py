"""Engagements of the workspace: meetings, calls and the like."""

from typing import ClassVar

from source_askelephant.streams.base import Filter, ListStream, Part

TRANSCRIPT_PAGE_SIZE = 25
"""Records of a page with transcripts. An hour of talk is some 50 to 100 kB, so such a page is 1 to 3 MB."""


class Engagements(ListStream):
    """``GET /v2/engagements``, operation ``list-engagements`` of the OpenAPI document.

    Those marked private come only with the scope ``engagements:private:read``; without it, the API doesn't say that it
    left any out.
    """

    name = "engagements"
    resource = "v2/engagements"
    scope = "engagements:read"
    primary_key = "id"
    cursor_field = "updated_at"
    filters: ClassVar = {
        "engagement_details": Filter(
            "expand",
            lambda parts: f"with {', '.join(parts)}",
            ",".join,
            # media_url is none of them: it is signed and soon expired, so that it would differ with every read.
            parts={
                "companies": Part(scope="companies:read"),
                "contacts": Part(scope="contacts:read"),
                "owner": Part(scope="users:read"),
                "action_items": Part(),
                "signals": Part(),
                "tags": Part(),
                "transcript": Part(page_size=TRANSCRIPT_PAGE_SIZE),
            },
        )
    }
