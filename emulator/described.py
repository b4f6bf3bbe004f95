"""Fields of settings that say what they mean and what they may be: for their check, and for the command line."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any


def about(
    text: str, kind: type, *, choices: tuple[object, ...] = (), least: float = 0, most: float | None = None
) -> Mapping[str, Any]:
    """Metadata of a settings field: what it means in a person's words, and what it may be.

    Of a tuple, `choices` says what each item may be. `least` and `most` bound numbers, both inclusive.
    """
    return {"help": text, "kind": kind, "choices": choices, "least": least, "most": most}


def check(settings: object) -> None:
    """Refuse values of a wrong type or out of bounds, with a ValueError whose sentence names the field."""
    for each in fields(settings):  # type: ignore[arg-type]  # any dataclass with about() in it
        if "kind" not in each.metadata:
            continue
        value, kind = getattr(settings, each.name), each.metadata["kind"]
        if value is None and each.default is None:
            continue
        accepted = (int, float) if kind is float else (kind,)
        if not isinstance(value, accepted) or (kind is not bool and isinstance(value, bool)):
            raise ValueError(f"{each.name} must be of type {kind.__name__}, not {value!r}")
        choices, least, most = each.metadata["choices"], each.metadata["least"], each.metadata["most"]
        items = value if isinstance(value, tuple) else (value,)
        if choices and not set(items) <= set(choices):
            raise ValueError(f"{each.name} must be one of {', '.join(map(str, choices))}; not {value!r}")
        if kind in (int, float) and value < least:
            raise ValueError(f"{each.name} must be at least {least}, not {value!r}")
        if kind in (int, float) and most is not None and value > most:
            raise ValueError(f"{each.name} must be at most {most}, not {value!r}")
