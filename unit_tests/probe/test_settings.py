"""The probe tells each kind of server by its answers."""

from typing import Any

import pytest

from emulator import Emulator, Settings
from emulator.lists import SCOPES
from unit_tests.helpers.support import slow
from unit_tests.probe.asking import FEW_OF_EACH, Ask, answers

MOST_REQUESTS = 50
FILTERS, OTHER = "beside its filters", "another filter"
TIES = {"shape": "ties"}
NOTHING: dict[str, Any] = dict.fromkeys(FEW_OF_EACH, 0)
TOO_LITTLE = "too little data"
FINER = {"precision": "s", "stored_precision": "ms", "newest": "2026-03-01T12:00:00.25Z"}

USUAL = {
    "lists": "all",
    "credential": "raw only",
    "parts": "all",
    "envelope": "as documented",
    "limit": "honoured",
    "pages-full": "full",
    "order": "kept",
    "ties-order": TOO_LITTLE,
    "cursor-ties": TOO_LITTLE,
    "replicas": "no sign",
    "cursor-kind": "id and updated_at",
    "cursor-place": "right behind",
    "cursor-lasts": "lasts",
    "cursor-beside": f"{FILTERS}, order_by; {OTHER}: applied",
    "filters": "kept to",
    "bounds": "as shown",
    "precision": "milliseconds",
    "schema": "as declared",
    "crm": "JSON and indexes",
    "newest": "in the past",
    "headers": "say nothing of limits",
    "errors": "401, 200, 400, 404",
    "clock": "agrees",
    "page-shows": "not asked",
    "late-changes": "not asked",
    "change-moves": "not asked",
}

CURSORS = [
    ({"cursor": "record"}, {"cursor-kind": "id"}),
    ({"cursor": "after"}, {"cursor-kind": "updated_at"}),
    ({"cursor": "offset"}, {"cursor-kind": "offset"}),
    ({"cursor": "page"}, {"cursor-kind": "page"}),
    ({"cursor": "snapshot"}, {"cursor-kind": "snapshot and offset"}),
    (
        {"cursor": "after", **TIES},
        {
            "cursor-place": "skips",
            "cursor-ties": "skips ties",
            "cursor-beside": USUAL["cursor-beside"],
            "cursor-lasts": "lasts",
        },
    ),
    ({"cursor_beside": "alone", "cursor_keeps": "query", **TIES}, {"cursor-ties": "goes on in order"}),
    ({"cursor_beside": "ignored"}, {"cursor-beside": f"{FILTERS}, order_by; {OTHER}: ignored"}),
    ({"cursor_beside": "refused"}, {"cursor-beside": f"beside order_by; {OTHER}: refused with 400"}),
    (
        {"cursor_beside": "alone"},
        {
            "cursor-beside": f"beside none of these; {OTHER}: refused with 400",
            "cursor-place": "in the other order",
            "cursor-lasts": "lasts",
            "order": "kept",
        },
    ),
    ({"cursor_keeps": "query"}, {"cursor-beside": f"{FILTERS}, nothing, order_by; {OTHER}: applied"}),
    ({"cursor_keeps": "order"}, {"cursor-beside": f"{FILTERS}, nothing, order_by; {OTHER}: applied"}),
    (
        {"cursor_beside": "alone", "cursor_keeps": "query", "validation_status": 422},
        {
            "cursor-beside": f"beside nothing; {OTHER}: refused with 422",
            "cursor-lasts": "lasts",
            "cursor-place": "right behind",
        },
    ),
    (
        {"cursor_beside": "ignored", "cursor_keeps": "query"},
        {"cursor-beside": f"{FILTERS}, nothing, order_by; {OTHER}: ignored"},
    ),
    (
        {"cursor_ttl_requests": 1, "cursor_expired_status": 410},
        {key: USUAL[key] for key in ("cursor-place", "cursor-beside")} | {"cursor-lasts": "not a second time"},
    ),
    ({"cursor_ttl_requests": 0}, {"cursor-lasts": "not at once", "cursor-place": "refused"}),
]
ORDER = [
    (TIES, {"ties-order": "the same", "cursor-ties": "goes on in order"}),
    ({"ties": "hash", **TIES}, {"ties-order": "the same", "cursor-ties": "goes on in order"}),
    ({"ties": "plan", **TIES}, {"ties-order": "differs by request"}),
    ({"ties": "request", **TIES}, {"ties-order": "differs each time", "replicas": "no sign"}),
    (
        {"ties": "request", "shape": "flood", "flood_size": 250},
        {"ties-order": "differs each time", "replicas": "no sign", "cursor-lasts": "lasts"},
    ),
    ({"shape": "flood", "flood_size": 250}, {"ties-order": "the same", "cursor-ties": "goes on in order"}),
]
TIMESTAMPS = [
    ({"precision": "s"}, {"precision": "seconds"}),
    ({"precision": "us"}, {"precision": "microseconds"}),
    ({"trim_zero_fraction": True}, {"precision": "milliseconds"}),
    (FINER, {"bounds": "finer, cut"}),
    ({"precision": "ms", "stored_precision": "us"}, {"bounds": "finer, cut"}),
    ({"shown": "rounded", **FINER}, {"bounds": "finer, rounded"}),
    ({"compared": "shown", **FINER}, {"bounds": "as shown"}),
    ({"gte_means_gt": True}, {"bounds": "gte means gt"}),
    ({"gte_means_gt": True, **TIES}, {"bounds": "gte means gt", "ties-order": "the same"}),
    (TIES, {"bounds": "as shown"}),
    ({"ignored_filters": ("gte",)}, {"filters": "ignored: gte", "bounds": "not asked"}),
    ({"ignored_filters": ("gt", "lt", "lte")}, {"filters": "ignored: gt lt lte"}),
    ({"ignored_filters": ("all",)}, {"filters": "ignored: gt gte lt lte", "crm": "ignored"}),
    ({"ignored_filters": ("crm_associations",)}, {"crm": "ignored"}),
]
PAGES = [
    ({"most_per_page": 40}, {"limit": "fewer", "pages-full": "short"}),
    ({"hidden_share": 0.3}, {"pages-full": "short"}),
    ({"hidden_share": 0.6, "hidden_run": 100}, {"pages-full": "empty"}),
    ({"hidden_share": 1.0}, {"pages-full": "empty", "cursor-lasts": TOO_LITTLE, "cursor-beside": TOO_LITTLE}),
    (
        NOTHING,
        {
            "limit": TOO_LITTLE,
            "order": TOO_LITTLE,
            "cursor-kind": TOO_LITTLE,
            "filters": TOO_LITTLE,
            "bounds": TOO_LITTLE,
            "precision": TOO_LITTLE,
            "newest": TOO_LITTLE,
            "crm": TOO_LITTLE,
            "schema": "as declared",
            "errors": USUAL["errors"],
        },
    ),
    (
        {**NOTHING, "contacts": 60},
        {"limit": TOO_LITTLE, "cursor-lasts": TOO_LITTLE, "cursor-place": TOO_LITTLE, "bounds": "as shown"},
    ),
    ({**NOTHING, "contacts": 7}, {"bounds": TOO_LITTLE, "filters": "kept to", "order": "kept"}),
    ({**NOTHING, "tags": 150}, {"limit": "honoured", "bounds": "as shown", "cursor-lasts": "lasts"}),
]
AROUND = [
    ({"date_absent": True}, {"clock": "no Date", "newest": "in the past"}),
    ({"date_skew_seconds": 3600.0}, {"clock": "ahead"}),
    ({"date_skew_seconds": -3600.0}, {"clock": "behind", "newest": "in the future"}),
    ({"future_contacts": 3, "future_seconds": 7200.0}, {"newest": "in the future"}),
    ({"future_contacts": 3, "date_absent": True}, {"newest": "in the future"}),
    ({"validation_status": 422}, {"errors": "401, 200, 422, 404"}),
    *(
        (
            {"rate_limit": 1000, "rate_limit_kind": "sliding", "rate_limit_headers": style},
            {"headers": "say what is left"},
        )
        for style in ("draft", "old draft", "fields", "x", "epoch")
    ),
    (
        {"rate_limit": 1000, "rate_limit_kind": "window", "rate_limit_headers": "garbage"},
        {"headers": "say what can't be read"},
    ),
]
SCOPED = [
    ({"scopes": ("contacts:read",)}, {"lists": "all but companies users tags engagements", "parts": "not asked"}),
    (
        {"scopes": tuple(each for each in SCOPES if each != "users:read")},
        {"lists": "all but users", "parts": "all but owner"},
    ),
    ({"scopes": ("engagements:read",)}, {"parts": "all but companies contacts owner", "crm": "not asked"}),
]

FAST = [CURSORS[0], CURSORS[5], CURSORS[7], ORDER[3], TIMESTAMPS[5], TIMESTAMPS[10], PAGES[0], AROUND[1], SCOPED[1]]
TABLE = [*CURSORS, *ORDER, *TIMESTAMPS, *PAGES, *AROUND, *SCOPED]


def test_what_is_usual(emulator: Emulator, ask: Ask) -> None:
    emulator.reset(Settings(**FEW_OF_EACH))
    assert answers(ask()) == USUAL


@pytest.mark.parametrize(("settings", "expected"), [*FAST, *slow(*(each for each in TABLE if each not in FAST))])
def test_it_is_told(emulator: Emulator, ask: Ask, settings: dict[str, Any], expected: dict[str, str]) -> None:
    emulator.reset(Settings(**{**FEW_OF_EACH, **settings}))
    found = answers(ask())
    assert {id_: found[id_] for id_ in expected} == expected
    assert len(emulator.requests) <= MOST_REQUESTS
