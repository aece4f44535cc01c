"""The reliability plot: observed against predicted rates, as an SVG that needs no script.

Its colours are custom properties of the house style, which has a light and a dark theme. Belongs
here: drawing points with their intervals and the diagonal. Does not belong here: computing them.
"""

from collections.abc import Mapping, Sequence
from math import ceil

_SIZE, _MARGIN = 360, 48
_TICKS = 5
_COLOURS = ("var(--first)", "var(--second)", "var(--third)")


def reliability_svg(
    series: Sequence[tuple[str, Sequence[Mapping[str, float]]]], *, title: str
) -> str:
    """SVG of one or more models.

    Args:
        series: Label and points of each; a point has `predicted`, `observed`, `lower` and `upper`
            as fractions.
        title: Alternative text for screen readers; plain, without markup.
    """
    values = [p[name] for _, points in series for p in points for name in ("predicted", "upper")]
    # Up to the next twentieth, so that the ticks are round.
    most = min(1.0, ceil(20 * max(values, default=1.0)) / 20)
    parts = [
        f'<svg viewBox="0 0 {_SIZE + 150} {_SIZE}" role="img" aria-label="{title}"'
        ' style="max-width:620px;font:12px system-ui,sans-serif;fill:var(--ink)">',
        *_axes(most),
        _line(0, 0, most, most, most, 'stroke="var(--soft)" stroke-dasharray="4 4"'),
    ]
    for place, (label, points) in enumerate(series):
        colour = _COLOURS[place % len(_COLOURS)]
        # A little apart, so that intervals of two models do not cover each other.
        shift = 3 * (place - (len(series) - 1) / 2)
        for point in points:
            x, low, high = (
                _x(point["predicted"], most) + shift,
                _y(point["lower"], most),
                _y(point["upper"], most),
            )
            parts.append(
                f'<line x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}" '
                f'stroke="{colour}"/>'
                f'<circle cx="{x:.1f}" cy="{_y(point["observed"], most):.1f}" r="4" '
                f'fill="{colour}"><title>{label}: predicted {point["predicted"]:.2%}, '
                f"observed {point['observed']:.2%}</title></circle>"
            )
        height = _MARGIN + 20 * place
        parts.append(
            f'<circle cx="{_SIZE}" cy="{height}" r="4" fill="{colour}"/>'
            f'<text x="{_SIZE + 10}" y="{height + 4}">{label}</text>'
        )
    return "".join([*parts, "</svg>"])


def _axes(most: float) -> list[str]:
    parts = [
        _line(0, 0, most, 0, most, 'stroke="var(--ink)"'),
        _line(0, 0, 0, most, most, 'stroke="var(--ink)"'),
        f'<text x="{_SIZE / 2}" y="{_SIZE - 8}" text-anchor="middle">predicted</text>',
        f'<text x="12" y="{_SIZE / 2}" text-anchor="middle" '
        f'transform="rotate(-90 12 {_SIZE / 2})">observed</text>',
    ]
    for tick in range(_TICKS + 1):
        value = most * tick / _TICKS
        parts.append(
            f'<text x="{_x(value, most):.1f}" y="{_SIZE - _MARGIN + 16}" '
            f'text-anchor="middle">{value:.0%}</text>'
            f'<text x="{_MARGIN - 6}" y="{_y(value, most) + 4:.1f}" '
            f'text-anchor="end">{value:.0%}</text>'
        )
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, most: float, style: str) -> str:
    return (
        f'<line x1="{_x(x1, most):.1f}" y1="{_y(y1, most):.1f}" '
        f'x2="{_x(x2, most):.1f}" y2="{_y(y2, most):.1f}" {style}/>'
    )


def _x(value: float, most: float) -> float:
    return _MARGIN + (_SIZE - 2 * _MARGIN) * value / most


def _y(value: float, most: float) -> float:
    return _SIZE - _MARGIN - (_SIZE - 2 * _MARGIN) * value / most
