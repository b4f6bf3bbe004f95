"""No credential is printed, in any form, in any run of the tests: all that a run prints passes through here.

A configuration that a test uses is watched; the emulator's own credentials always are. The forms are worked out here
independently of the connector's. Only a CONTROL message may hold a credential: it gives the platform a configuration.
"""

import base64
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from emulator import Settings

SHORTEST = 8  # "a" would be found everywhere

_watched: dict[str, str] = {}


def watch(secret: str) -> None:
    """Look for a credential in all that is printed from now on."""
    if len(secret.strip()) < SHORTEST:
        return
    for text in {secret, secret.strip(), secret.strip().removeprefix("Bearer ").strip()}:
        for name, form in forms(text).items():
            _watched.setdefault(form, f"{name} of a credential")


def forms(text: str) -> dict[str, str]:
    """Each way in which a text may come by."""
    found = {"plain form": text, "JSON": json.dumps(text)[1:-1], "repr": repr(text)[1:-1]}
    found |= {"URL encoding": quote(text, safe=""), "form encoding": quote_plus(text)}
    for prefix in ("", "Bearer ", "user:", "a", "ab"):
        whole = (prefix + text).encode()
        found[f"base64 after {prefix!r}"] = base64.b64encode(whole).decode()
        found[f"URL-safe base64 after {prefix!r}"] = base64.urlsafe_b64encode(whole).decode().rstrip("=")
    return found


def is_in(text: bytes) -> bool:
    """Whether a watched credential stands in a text: one that a test makes up may hold any that stands in the code."""
    return any(form.encode("utf-8", "surrogatepass") in text for form in _watched)


def watch_config(config: Any) -> None:
    """Watch all credentials of a configuration, if it has any."""
    credentials = config.get("credentials") if isinstance(config, dict) else None
    for name, value in credentials.items() if isinstance(credentials, dict) else ():
        if isinstance(value, str) and name not in {"auth_type", "token_expiry_date"}:
            watch(value)


def assert_none(printed: str | bytes | Iterable[str]) -> None:
    """Fail if a watched credential stands in what was printed."""
    if isinstance(printed, bytes):
        printed = printed.decode("utf-8", "replace")
    lines = printed.splitlines() if isinstance(printed, str) else printed
    text = "\n".join(line for line in lines if not line.startswith('{"type":"CONTROL"'))
    leaked = sorted({what for form, what in _watched.items() if form in text})
    assert not leaked, f"there was printed: {', '.join(leaked)}"


for _own in (Settings().api_key, Settings().access_token):
    watch(_own)
