"""Steering an emulator over HTTP, for whoever runs in another process.

GET    /_emulator/requests   the log        DELETE /_emulator/requests   clear it
GET    /_emulator/snapshot   records by id  GET    /_emulator/stats      counts only
       ?of=engagements&expand=tags,owner: of another list than contacts, with parts
GET    /_emulator/settings   what it was told
POST   /_emulator/contacts   {"create": n}, {"update": n or [ids]}, {"delete": n or [ids]}, with or without "at"
POST   /_emulator/companies  the same; and so for users, tags and engagements
POST   /_emulator/advance    {"seconds": n}: so much time passes at once
POST   /_emulator/faults     a fault plan   DELETE /_emulator/faults     forget them
POST   /_emulator/reset      settings that replace the present ones; {} starts them anew
POST   /_emulator/revoke     401 from now on
POST   /_emulator/revoke_refresh_token  no refresh token is accepted from now on

None of this is logged, delayed, limited, or in need of a credential. What cannot be done answers 400.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, Protocol

from emulator.api import Api
from emulator.faults import FaultPlan
from emulator.lists import LISTS, ListName
from emulator.problems import Answer, ProblemError

PREFIX = "/_emulator/"


class Holder(Protocol):
    """Where the Api of the moment is kept."""

    api: Api


Action = Callable[[Holder, dict[str, Any]], Any]


def handle(holder: Holder, method: str, path: str, query: Mapping[str, str], body: bytes) -> Answer:
    """Do what a control request asks, in its query or in its body."""
    try:
        result = _action(method, path)(holder, {**query, **_object(body)})
    except ProblemError as problem:
        return problem.answer()
    except (KeyError, TypeError, ValueError) as error:
        return ProblemError(400, "validation-error", f"{type(error).__name__}: {error}").answer()
    return Answer(200, json.dumps(result, ensure_ascii=False).encode())


def _action(method: str, path: str) -> Action:
    action = _ACTIONS.get((method, path.removeprefix(PREFIX)))
    if action is None:
        raise ProblemError(404, "not-found", f"There is no {method} {path}.")
    return action


def _object(body: bytes) -> dict[str, Any]:
    given = json.loads(body or b"{}")
    if not isinstance(given, dict):
        raise TypeError("the body must be a JSON object")
    return given


def _change(of: ListName, holder: Holder, given: dict[str, Any]) -> dict[str, Any]:
    """Create, update and delete as the object says, in that order. Returns what the collection's methods do."""
    rest = dict(given)
    at = rest.pop("at", None)
    changed: dict[str, Any] = {}
    api = holder.api
    collection = api.workspace[of]
    with api.lock:
        if "create" in rest:
            changed["created"] = collection.create(rest.pop("create"), at)
        if "update" in rest:
            changed["updated"] = collection.update(rest.pop("update"), at)
        if "delete" in rest:
            changed["deleted"] = collection.delete(rest.pop("delete"))
    if rest:
        raise ValueError(f"unknown: {', '.join(rest)}")
    return changed


def advance(api: Api, seconds: float) -> None:
    """Let so much time pass at once. Raises TypeError or ValueError when it isn't a number of 0 or more."""
    if not seconds >= 0:
        raise ValueError(f"seconds must be at least 0, not {seconds!r}")
    with api.lock:
        api.clock.advance(seconds)


def push_fault(api: Api, given: Mapping[str, Any]) -> None:
    """Add a fault plan in its JSON form behind the others."""
    plan = FaultPlan.from_json(given)
    with api.lock:
        api.script().push(plan)


def clear_faults(api: Api) -> None:
    """Forget every fault in waiting."""
    with api.lock:
        api.script().clear()


def snapshot(api: Api, of: ListName, parts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """All records of the list by id, with these parts. KeyError or ValueError when there is no such list or part."""
    if not LISTS[of].parts.keys() >= set(parts):
        raise ValueError(f"{of} have no such parts: {', '.join(parts)}")
    with api.lock:
        shown = api.workspace[of].shown()
        return {item.id: json.loads(body) for item, body in zip(shown, api.bodies(shown, parts), strict=True)}


def _snapshot(holder: Holder, given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    expand = given.get("expand")
    return snapshot(holder.api, given.get("of", "contacts"), expand.split(",") if expand else ())


def reset(holder: Holder, given: Mapping[str, Any]) -> None:
    """New data from the present settings with the given ones in place."""
    holder.api = Api(holder.api.settings.changed(given))


_ACTIONS: dict[tuple[str, str], Action] = {
    ("GET", "requests"): lambda holder, _: [asdict(each) for each in holder.api.requests()],
    ("DELETE", "requests"): lambda holder, _: holder.api.clear_log(),
    ("GET", "snapshot"): _snapshot,
    ("GET", "stats"): lambda holder, _: asdict(holder.api.stats()),
    ("GET", "settings"): lambda holder, _: asdict(holder.api.settings),
    **{("POST", of): partial(_change, of) for of in LISTS},
    ("POST", "advance"): lambda holder, given: advance(holder.api, given["seconds"]),
    ("POST", "faults"): lambda holder, given: push_fault(holder.api, given),
    ("DELETE", "faults"): lambda holder, _: clear_faults(holder.api),
    ("POST", "reset"): reset,
    ("POST", "revoke"): lambda holder, _: holder.api.revoke(),
    ("POST", "revoke_refresh_token"): lambda holder, _: holder.api.revoke_refresh_token(),
}
