"""Pictures as SVG text, readable on light and on dark pages."""

import math
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from statistics import fmean
from typing import Literal, NamedTuple

Kind = Literal["own", "peer", "ideal"]

_STYLE = """<style>
text{fill:#24292f}.own{color:#2f81f7}.peer,.ideal{color:#8c959f}.grid{color:#d0d7de}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.peer,.ideal{color:#6e7681}.grid{color:#30363d}}
rect,circle{fill:currentColor}path,polyline{fill:none;stroke:currentColor}
polyline{stroke-width:2}.ideal polyline{stroke-width:1;stroke-dasharray:4}
</style>"""
_NAMESPACE = "http://www.w3.org/2000/svg"  # ignore-https-check: a name, nothing is asked there
_WIDTH = 760
_MARGIN = 8
_PLOT_HEIGHT = 200
_LABEL_HEIGHT = 18
_LEADER = 28
_PANEL_HEIGHT = _PLOT_HEIGHT + 72


class Bar(NamedTuple):
    """A row of a bar chart: its name, its length, what is written behind it, and whose it is."""

    name: str
    value: float
    label: str
    kind: Kind


class Axis(NamedTuple):
    """One direction of a chart: what is counted, and the numbers that stand along it, from end to end."""

    name: str
    ticks: Sequence[float]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """How far along the axis a value is: 0 at the first tick, 1 at the last."""
        first, last, here = (
            math.log10(number) if self.logarithmic else number for number in (self.ticks[0], self.ticks[-1], value)
        )
        return (here - first) / (last - first)


class Line(NamedTuple):
    """A line of a chart: what is written at its right end, its points from left to right, and whose it is."""

    label: str
    points: Sequence[tuple[float, float]]
    kind: Kind


class Panel(NamedTuple):
    """Lines over the same two axes; a dozen at most, or their labels don't fit."""

    x: Axis
    y: Axis
    lines: Sequence[Line]


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


def chart(title: str, panels: Sequence[Panel]) -> str:
    """Draw lines, one panel below the other."""
    parts = [part for number, panel in enumerate(panels) for part in _panel(panel, 68 + _PANEL_HEIGHT * number)]
    return _picture(title, 32 + _PANEL_HEIGHT * len(panels), parts)


def round_steps(values: Iterable[float]) -> list[float]:
    """Give ticks from 0 to the highest of the values, or to the round number above it. One must be above 0."""
    most = max(values)
    magnitude = 10.0 ** math.floor(math.log10(most))
    step = next(part * magnitude for part in (0.2, 0.5, 1, 2) if most <= 5 * part * magnitude)
    return [step * number for number in range(math.ceil(most / step) + 1)]


def decades(values: Iterable[float]) -> list[float]:
    """Give powers of ten around the values, two or more. All must be above 0."""
    logarithms = [math.log10(value) for value in values]
    first, last = math.floor(min(logarithms)), math.ceil(max(logarithms))
    return [10.0**power for power in range(first, max(last, first + 1) + 1)]


def apart(wanted: Iterable[float], gap: float, low: float, high: float) -> list[float]:
    """Move ascending positions as little as makes them at least ``gap`` apart, and keep them from ``low`` to ``high``.

    Those that would touch are placed around their middle. If there are too many for the room, they end above ``high``.
    """
    groups: list[list[float]] = []
    for number, position in enumerate(wanted):
        groups.append([position - gap * number])
        while len(groups) > 1 and fmean(groups[-2]) > fmean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    settled = [fmean(group) for group in groups for _ in group]
    highest = high - gap * (len(settled) - 1)
    return [max(low, min(position, highest)) + gap * number for number, position in enumerate(settled)]


def _panel(panel: Panel, top: float) -> Iterator[str]:
    left, right = 56, _WIDTH - _LEADER - _MARGIN - max(_width(line.label) for line in panel.lines)
    bottom = top + _PLOT_HEIGHT

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return left + panel.x.share(point[0]) * (right - left), bottom - panel.y.share(point[1]) * _PLOT_HEIGHT

    yield _text(_MARGIN, top - 18, panel.y.name)
    for tick in panel.y.ticks:
        _, y = at((panel.x.ticks[0], tick))
        yield f'<path class="grid" d="M{left} {y:.1f}H{right}"/>' + _text(left - _MARGIN, y + 5, _number(tick), "end")
    for tick in panel.x.ticks:
        x, _ = at((tick, panel.y.ticks[0]))
        yield f'<path class="grid" d="M{x:.1f} {bottom}v5"/>' + _text(x, bottom + 22, _number(tick), "middle")
    yield _text(right + _width(_number(panel.x.ticks[-1])) / 2 + _MARGIN, bottom + 22, panel.x.name)
    lines = sorted(panel.lines, key=lambda line: line.points[-1][1], reverse=True)
    label_places = apart((at(line.points[-1])[1] for line in lines), _LABEL_HEIGHT, top, bottom)
    for line, label_y in zip(lines, label_places, strict=True):
        points = [at(point) for point in line.points]
        yield f'<g class="{line.kind}"><polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'
        if line.kind != "ideal":
            yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points)
        end_x, end_y = points[-1]
        yield f'<path d="M{end_x:.1f} {end_y:.1f}L{right + _LEADER - 3} {label_y:.1f}"/></g>'
        yield _text(right + _LEADER, label_y + 5, line.label)


def _number(value: float) -> str:
    return f"{value:,.10g}"


def _picture(title: str, height: float, parts: Iterable[str]) -> str:
    size = f'viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="14"'
    head = f'<text x="{_MARGIN}" y="22" font-weight="bold">{escape(title)}</text>'
    return "\n".join([f'<svg xmlns="{_NAMESPACE}" {size}>', _STYLE, head, *parts, "</svg>"]) + "\n"


def _text(x: float, y: float, text: str, anchor: Literal["start", "middle", "end"] = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _width(text: str) -> int:
    # Which font a reader has is unknown. In DejaVu Sans, among the widest, a character takes 7 to 8.
    return 8 * len(text)
