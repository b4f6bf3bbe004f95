"""Names of the API's in a report: of fields, headers and kinds of content. What may be more than a name is left out."""

import re

_WORD = r"[A-Za-z]{1,20}\d{0,2}"
_NAME = re.compile(rf"_?{_WORD}(?:[-_./+]{_WORD})*(?:[-_]\d{{1,2}})?", re.ASCII)
_MAX_LENGTH = 60


def shown(name: str) -> str:
    """A name as it may stand in a report: "…" if it may be an id, a value or a text instead."""
    return name if len(name) <= _MAX_LENGTH and _NAME.fullmatch(name) else "…"


def listed(names: list[str]) -> str:
    """Names in their order, each once; "none" if there are none."""
    return ", ".join(dict.fromkeys(map(shown, names))) or "none"
