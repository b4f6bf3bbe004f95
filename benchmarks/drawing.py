"""Pictures as SVG text, readable on light and on dark pages."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Literal, NamedTuple

Kind = Literal["own", "peer"]

_STYLE = (
    "<style>text{fill:#24292f}rect{fill:currentColor}.own{color:#2f81f7}.peer{color:#8c959f}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.peer{color:#6e7681}}</style>"
)
_WIDTH = 760
_MARGIN = 8


class Bar(NamedTuple):
    """A row of a bar chart: its name, its length, what is written behind it, and whose it is."""

    name: str
    value: float
    label: str
    kind: Kind


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Draw horizontal bars, one below the other."""
    most = max(row.value for row in rows) or 1.0
    left = 2 * _MARGIN + max(_width(row.name) for row in rows)
    longest = _WIDTH - left - 2 * _MARGIN - max(_width(row.label) for row in rows)
    parts = []
    for number, row in enumerate(rows):
        y = 40 + 26 * number
        width = max(longest * row.value / most, 1)
        parts += [
            _text(left - _MARGIN, y + 15, row.name, "end"),
            f'<rect class="{row.kind}" x="{left}" y="{y}" width="{width:.1f}" height="20" rx="2"/>',
            _text(left + width + _MARGIN, y + 15, row.label),
        ]
    return _picture(title, 46 + 26 * len(rows), parts)


def _picture(title: str, height: float, parts: Iterable[str]) -> str:
    size = f'viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="14"'
    head = f'<text x="{_MARGIN}" y="22" font-weight="bold">{escape(title)}</text>'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', _STYLE, head, *parts, "</svg>"]) + "\n"


def _text(x: float, y: float, text: str, anchor: Literal["start", "middle", "end"] = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _width(text: str) -> int:
    # Which font a reader has is unknown. In DejaVu Sans, among the widest, a character takes 7 to 8.
    return 8 * len(text)
