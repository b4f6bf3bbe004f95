"""What is measured. Each scenario takes a bench, and gives tables whose rows are readers."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from benchmarks.bench import CONNECTORS, FOUR, TEN, TWENTY, Bench, Row, Table
from benchmarks.readers import BARE, BUILDER, OTHERS, PLAIN, STEPS, Reader
from benchmarks.running import Workplace, one_after_the_other

LATENCY_MS = 100
"""Milliseconds per request where neither latency nor work is what is measured."""

SLOWEST = 300
"""Milliseconds per request at which only few contacts are read: sequential readers would take minutes."""

TIMES = ("wall", "cpu", "megabytes", "requests", "records")


def start_up(bench: Bench) -> Iterable[Table]:
    """``spec``, ``check`` and the read of an empty workspace."""
    bench.source.serve(0)
    for verb in ("spec", "check"):
        readers = bench.only(PLAIN, BUILDER, TEN)
        yield Table(f"start-{verb}", f"`{verb}`", ("wall", "cpu"), bench.take_turns(readers, 3, verb), None)
    rows = bench.take_turns(bench.readers, 3)
    yield Table("start-read", "`read` of an empty workspace", ("wall", "cpu", "megabytes"), rows, 0)


def latency(bench: Bench) -> Iterable[Table]:
    """Time and CPU by what a request takes, by number of workers."""
    for milliseconds in (0, 20, 100, SLOWEST):
        contacts = bench.size.slow_contacts if milliseconds == SLOWEST else bench.size.contacts
        bench.source.serve(contacts, latency_ms=milliseconds)
        rows = bench.take_turns(bench.readers, bench.size.repeats, slow=milliseconds > 0)
        title = f"{contacts:,} contacts, {milliseconds} ms per request"
        yield Table(f"latency-{milliseconds}", title, TIMES, rows, contacts)


def shapes(bench: Bench) -> Iterable[Table]:
    """By how the timestamps are distributed."""
    for shape in ("spread", "burst", "flood", "ties"):
        bench.source.serve(bench.size.contacts, shape=shape, latency_ms=100)
        rows = bench.take_turns(bench.only(TEN, TWENTY), 1)
        title = f"{bench.size.contacts:,} contacts, {shape}, 100 ms per request"
        yield Table(f"shape-{shape}", title, TIMES, rows, bench.size.contacts)


def requests(bench: Bench) -> Iterable[Table]:
    """Requests of a full read, by how the timestamps are distributed, and by how many contacts share one."""
    contacts = 2 * bench.size.slow_contacts
    told: list[dict[str, object]] = [{"shape": shape} for shape in ("spread", "burst", "flood", "ties")]
    told += ({"shape": "ties", "tie_size": size} for size in (11, 50, 100, 130, 300))
    for each in told:
        bench.source.serve(contacts, **each)
        what = " of ".join(map(str, each.values()))
        title = f"{contacts:,} contacts, {what}"
        rows = bench.take_turns(bench.only(*CONNECTORS), 1)
        yield Table(f"requests-{what}", title, ("requests", "records"), rows, contacts)


def scale(bench: Bench) -> Iterable[Table]:
    """Cost as the workspace grows."""
    for contacts in bench.size.scale:
        bench.source.serve(contacts)
        rows = bench.take_turns(bench.only(BARE, FOUR, TEN), 1)
        yield Table(f"scale-{contacts}", f"{contacts:,} contacts, no latency", TIMES, rows, contacts)


def incremental(bench: Bench) -> Iterable[Table]:
    """The second sync, after so many changes. The lookback brings a few more to the connector."""
    readers = [reader for reader in bench.only(*OTHERS, FOUR) if reader.keeps_state]
    for changes in (0, 10, 1_000):
        rows = []
        for reader in readers:
            bench.source.serve(bench.size.slow_contacts, latency_ms=20)
            with Workplace(reader, bench.source) as workplace:
                bench.run(workplace)
                bench.source.change(update=changes)
                rows.append(Row(reader, [bench.run(workplace) for _ in range(1 if changes else 3)]))
        title = f"second sync of {bench.size.slow_contacts:,} contacts after {changes:,} changes, 20 ms per request"
        yield Table(f"incremental-{changes}", title, ("wall", "cpu", "requests", "records"), rows, None)


class RateLimit(NamedTuple):
    """A limit: how it is described, how many requests a second it lets through, and what the emulator is told."""

    what: str
    per_second: float
    told: dict[str, object]


_SECOND: dict[str, object] = {"rate_limit": 20, "rate_limit_window_seconds": 1.0}
RATE_LIMITS = {
    "pause": RateLimit("at most 20 a second, then a pause", 20, _SECOND),
    "window": RateLimit("20 in each second", 20, {**_SECOND, "rate_limit_kind": "window"}),
    "busy": RateLimit(
        "20 in each second, else a 503", 20, {**_SECOND, "rate_limit_kind": "window", "limit_status": 503}
    ),
    "sliding": RateLimit(
        "200 in any ten seconds",
        20,
        {"rate_limit": 200, "rate_limit_window_seconds": 10.0, "rate_limit_kind": "sliding"},
    ),
    "bucket": RateLimit(
        "20 a second, a bucket of 40", 20, {**_SECOND, "rate_limit_kind": "bucket", "rate_limit_burst": 40}
    ),
    "at-once": RateLimit("3 requests at once", 3 * 1_000 / LATENCY_MS, {"concurrency_limit": 3}),
}


def rate_limit(bench: Bench) -> Iterable[Table]:
    """At limits of six kinds, which ask in whole seconds."""
    contacts = bench.size.contacts
    for name, limit in RATE_LIMITS.items():
        rows = []
        for reader in bench.only(STEPS, FOUR, TEN):
            bench.source.serve(contacts, latency_ms=LATENCY_MS, **limit.told)
            rows += bench.take_turns([reader], 1)
        title = f"{contacts:,} contacts, {LATENCY_MS} ms per request, {limit.what}"
        yield Table(f"rate-limit-{name}", title, ("wall", "requests", "records"), rows, contacts)


SERVERS: dict[str, tuple[str, dict[str, object]]] = {
    "position": ("cursors hold positions", {}),
    "record": (
        "cursors hold the last record, whose place is looked up; 2 % of them change",
        {"cursor": "record", "churn": {"updates": 2, "aim": 0.02}},
    ),
    "bodies": (
        "bodies are fetched after the ids, and cursors are made from them; 2 % of the last ones change in between",
        {"cursor_from": "body", "churn": {"updates": 2, "aim": 0.02, "aim_at": "last", "between": True}},
    ),
    "ties": ("ties of two to seven come in any order", {"shape": "ties", "ties": "request"}),
}
"""Kinds of server on which reading all isn't easy: how they are described, and what the emulator is told."""
SECONDS_LATE = 12


def completeness(bench: Bench) -> Iterable[Table]:
    """Contacts missing from a full read while others change the list: two of them with each request."""
    contacts = 2 * bench.size.slow_contacts
    for name, (what, told) in SERVERS.items():
        rows = []
        for reader in bench.only(*OTHERS, FOUR, TEN):
            bench.source.serve(contacts, **{"churn": {"updates": 2}, **told})
            rows += bench.take_turns([reader], 1, ids=True)
        title = f"{contacts:,} contacts, two changes with each request, {what}"
        yield Table(f"missing-{name}", title, ("records", "missing"), rows, None)
    rows = []
    for reader in [reader for reader in bench.only(*OTHERS, FOUR, TEN) if reader.keeps_state]:
        bench.source.serve(contacts, late_commit_seconds=SECONDS_LATE, late_commit_share=0.5, churn={"creates": 2})
        with Workplace(reader, bench.source) as workplace:
            bench.run(workplace, ids=True)
            bench.source.advance(SECONDS_LATE)
            rows.append(Row(reader, [bench.run(workplace, ids=True)]))
    title = f"{contacts:,} contacts and two more with each request, half of them {SECONDS_LATE} s late; two syncs"
    yield Table("missing-late", title, ("records", "missing"), rows, None)


SHARES = {"contacts": 1.0, "companies": 0.2, "users": 0.01, "tags": 0.002, "engagements": 0.3}
"""The lists of a workspace, and how many records each has for a contact."""


def of_all_lists(reader: Reader) -> Reader:
    """The connector as it reads all lists together."""
    return replace(reader, lists=tuple(SHARES))


def lists(bench: Bench) -> Iterable[Table]:
    """All lists together, and each by itself."""
    together = [of_all_lists(reader) for reader in bench.only(FOUR, TEN)]
    bench.source.serve(0)
    rows = bench.take_turns(together, 3)
    yield Table("lists-empty", "`read` of five empty lists", ("wall", "cpu", "megabytes"), rows, 0)
    counts = {name: round(share * bench.size.contacts) for name, share in SHARES.items()}
    bench.source.serve(latency_ms=LATENCY_MS, **counts)
    rows = bench.take_turns(together, 1)
    alone = []
    for reader in bench.only(TEN):
        each = [replace(reader, name=f"{reader.name}, {name} only", lists=(name,)) for name in SHARES]
        alone = bench.take_turns(each, 1)
        of_all = one_after_the_other([run for row in alone for run in row.runs])
        rows.append(Row(replace(reader, name=f"{reader.name}, one list after the other"), [of_all]))
    title = f"{', '.join(f'{count:,} {name}' for name, count in counts.items())}, {LATENCY_MS} ms per request"
    yield Table("lists-together", title, TIMES, rows, sum(counts.values()))
    yield Table("lists-alone", "the same, each list in a sync of its own", TIMES, alone, None)


TRANSCRIPT_KB = 60


def with_transcripts(reader: Reader) -> Reader:
    """The connector as it reads engagements with transcripts."""
    return replace(reader, lists=("engagements",), details=("transcript",))


def transcripts(bench: Bench) -> Iterable[Table]:
    """Memory for large records: some of them, and ten times as many.

    At full size, even the fewer have several times the bytes that may wait in the connector.
    """
    most = 3 * bench.size.slow_contacts
    for engagements in (most // 10, most):
        bench.source.serve(0, engagements=engagements, transcript_bytes=TRANSCRIPT_KB * 1_000, latency_ms=LATENCY_MS)
        rows = bench.take_turns([with_transcripts(reader) for reader in bench.only(TEN)], 1)
        title = f"{engagements:,} engagements with transcripts of {TRANSCRIPT_KB} kB, {LATENCY_MS} ms per request"
        yield Table(f"transcripts-{engagements}", title, TIMES, rows, engagements)


SCENARIOS: dict[str, Callable[[Bench], Iterable[Table]]] = {
    "start-up": start_up,
    "latency": latency,
    "shapes": shapes,
    "requests": requests,
    "scale": scale,
    "incremental": incremental,
    "rate-limit": rate_limit,
    "lists": lists,
    "transcripts": transcripts,
    "completeness": completeness,
}
"""In this order: what comes after completeness, whose ids fill this process, would show the memory of that."""
