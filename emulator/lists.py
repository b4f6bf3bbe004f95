"""The five lists of the API: what its reference says of each. In everything else they are alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from emulator.filters import BOUNDS, CRM, STATUSES, TYPES, Filter, domain, ids, instant, one_of

ListName = Literal["contacts", "companies", "users", "tags", "engagements"]

UPDATED_AT = "filter[updated_at]"
UPDATED_AT_BOUNDS = {f"{UPDATED_AT}[{operator}]": operator for operator in BOUNDS}

MAX_PER_PAGE = 100

PRIVATE = "engagements:private:read"
"""The scope without which private engagements are left out of their list."""


@dataclass(frozen=True)
class Listing:
    """One list.

    `crm_types` are the types of CRM objects that its records are found by, `filters` those beyond updated_at, search
    and CRM, and `parts` what can be expanded, with the scope that it takes besides the list's own.
    """

    name: ListName
    has_search: bool = True
    crm_types: frozenset[str] = frozenset()
    filters: Mapping[str, Filter] = field(default_factory=dict)
    parts: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def scope(self) -> str:
        """The scope that the list takes."""
        return f"{self.name}:read"

    @cached_property
    def beside_cursor(self) -> frozenset[str]:
        """The parameters that say which records come, and in which order."""
        names = {"order_by", *UPDATED_AT_BOUNDS, *self.filters}
        return frozenset(names | ({"search"} if self.has_search else set()) | ({CRM} if self.crm_types else set()))

    @cached_property
    def parameters(self) -> frozenset[str]:
        """All parameters, but for the indexed form of CRM objects."""
        return self.beside_cursor | {"limit", "cursor"} | ({"expand"} if self.parts else set())


LISTS: Mapping[ListName, Listing] = {
    listing.name: listing
    for listing in (
        Listing("contacts", crm_types=frozenset({"contact"})),
        Listing("companies", crm_types=frozenset({"company"}), filters=domain()),
        Listing("users"),
        Listing("tags", has_search=False),
        Listing(
            "engagements",
            crm_types=frozenset({"company", "contact", "deal"}),
            filters={
                **one_of("engagement_type", TYPES),
                **one_of("processing_status", STATUSES),
                **ids("company_ids", "cmp_"),
                **ids("contact_ids", "cnt_"),
                **instant("start_at"),
            },
            parts={
                "companies": "companies:read",
                "contacts": "contacts:read",
                "owner": "users:read",
                "action_items": None,
                "signals": None,
                "transcript": None,
                "media_url": None,
                "tags": None,
            },
        ),
    )
}
SCOPES = (*(listing.scope for listing in LISTS.values()), PRIVATE)
"""Those that all of the lists take together."""
FILTERS = (
    "search",
    "crm_associations",
    *dict.fromkeys(each.mark for of in LISTS.values() for each in of.filters.values()),
)
"""Names of all filters but those of updated_at."""
