"""Figures of risk pages: those of `figures` with limits, intervals and gauges added.

Belongs here: what compares a figure with a line that it should keep to. Does not belong here: chart
types that any page needs (see `figures`).
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from finplatform.reporting import figures, words

_BULLET_FROM, _BULLET_TO = 0.26, 0.62
"""Part of a bullet's height that its bar takes; its scale is below, its title above."""
_LABEL_MARGIN = 64
"""Pixels to the right of a figure for the names of its limits."""


def limited_line(
    frame: pd.DataFrame,
    x: str,
    series: Mapping[str, str],
    limits: Mapping[str, str],
    *,
    is_share: bool = False,
    from_zero: bool = True,
) -> Any:
    """A line per series, and a dashed one per limit.

    Args:
        frame: Rows in the order of `x`.
        x: Column of dates or ordered values.
        series: Label of each column of values.
        limits: Label of each column of limits.
        is_share: Whether values are fractions.
        from_zero: Whether the axis begins at 0.
    """
    figure = figures.line(frame, x, series, is_share=is_share, from_zero=from_zero)
    for column, label in limits.items():
        figure.add_scatter(
            x=figures.plain(frame[x]),
            y=figures.plain(frame[column]),
            name=label,
            # A line of one day has no length.
            mode="lines" if len(frame) > 1 else "markers",
            line={"dash": "dash", "width": 1.5},
        )
    return figure


def mark(figure: Any, at: Any, label: str, *, axis: str = "y") -> Any:
    """The figure with a dashed line across it where there is a limit.

    Args:
        figure: The figure.
        at: Value of the limit; without one the figure stays as it is.
        label: What the limit is.
        axis: Axis that the value is on; a line on `x` stands upright.
    """
    value = figures.plain(pd.Series([at], dtype=object))[0]
    if value is None:
        return figure
    add = figure.add_hline if axis == "y" else figure.add_vline
    add(float(value), line_dash="dash", line_width=1.5)
    note = {"text": label, "showarrow": False, "font": {"size": 11}}
    if axis == "y":
        figure.add_annotation(
            **note, x=1.01, xref="paper", xanchor="left", y=float(value), yanchor="middle"
        )
        figure.update_layout(margin={"r": _LABEL_MARGIN})
    else:
        figure.add_annotation(
            **note, x=float(value), y=1, yref="paper", yanchor="bottom", xanchor="center"
        )
        figure.update_layout(margin={"t": 28})
    return figure


def bullets(
    frame: pd.DataFrame, name: str, value: str, limit: str, *, shapes: Mapping[str, str]
) -> Any:
    """A number and a bar per row, with a mark at the minimum that it should reach.

    Args:
        frame: One row per figure.
        name: Column of the figure's name.
        value: Column of the figure.
        limit: Column of the minimum; null shows no mark.
        shapes: Format (d3) of each figure, by name; per cent with two decimals where none is given.
    """
    figure = figures.indicators(
        frame.assign(none=None),
        name,
        value,
        "none",
        formats={each: shapes.get(each, ".2%") for each in frame[name].astype(str)},
    )
    count = len(frame)
    numbers = zip(figures.plain(frame[value]), figures.plain(frame[limit]), strict=True)
    for place, (shown, least) in enumerate(numbers):
        bottom, height = 1 - (place + 1) / count, 1 / count
        title = str(frame[name].iloc[place])
        shape = shapes.get(title, ".2%")
        figure.data[place].update(
            mode="number+gauge",
            title={"text": ""},
            delta=None,
            number={"valueformat": shape, "font": {"size": 17}},
            domain={
                "x": [0, 1],
                "y": [bottom + height * _BULLET_FROM, bottom + height * _BULLET_TO],
            },
            gauge={
                "shape": "bullet",
                "axis": {
                    "range": [0, 1.25 * max(shown or 0.0, least or 0.0, 1e-9)],
                    "tickformat": ".0%" if shape.endswith("%") else ".3~s",
                    "nticks": 6,
                },
                "bar": {"thickness": 0.5},
                "threshold": {"value": least, "thickness": 0.9},
            },
        )
        figure.add_annotation(
            text=title if least is None else f"{title} (minimum {_shown(least, shape)})",
            x=0,
            y=bottom + height * (_BULLET_TO + 0.04),
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            font={"size": 13},
        )
    figure.update_layout(margin={"l": 16, "r": 16, "t": 4, "b": 4})
    return figure


def intervals_at(
    frame: pd.DataFrame,
    name: str,
    value: str,
    lower: str,
    upper: str,
    *,
    reference: float,
    label: str,
    is_share: bool = False,
) -> Any:
    """A point per row with its interval, and a line at a reference.

    Args:
        frame: Rows to draw.
        name: Column of the row's name.
        value: Column of the point.
        lower: Column of the interval's lower end.
        upper: Column of its upper end.
        reference: Where the line stands.
        label: What the line is.
        is_share: Whether values are fractions.
    """
    figure = figures.intervals(frame, name, value, lower, upper, is_share=is_share)
    figure.layout.shapes = ()
    ends = [reference, *(each for c in (value, lower, upper) for each in figures.plain(frame[c]))]
    known = [each for each in ends if each is not None]
    beyond = (max(known) - min(known) or 1.0) / 20
    # The name of the line is wider than a phone's plot, which would stretch the axis.
    figure.update_xaxes(range=[min(known) - beyond, max(known) + beyond], nticks=6)
    if not is_share:
        figure.update_xaxes(tickformat=".2f")
    return mark(figure, reference, label, axis="x")


def reliability(
    frame: pd.DataFrame, name: str, predicted: str, observed: str, lower: str, upper: str
) -> Any:
    """Observed against predicted rates with intervals, and the diagonal of a perfect model.

    Args:
        frame: One row per group.
        name: Column of the group's name.
        predicted: Column of the predicted rate.
        observed: Column of the observed rate.
        lower: Column of the lower end of its interval.
        upper: Column of the upper end.
    """
    figure = figures.line(frame, predicted, {observed: "observed"}, is_share=True)
    points, low, high = (figures.plain(frame[each]) for each in (observed, lower, upper))
    figure.update_traces(
        mode="markers+text",
        text=[str(each) for each in frame[name]],
        textposition="top left",
        marker={"size": 9},
        error_y=figures.error_bars(low, points, high),
    )
    found = [each for each in (*figures.plain(frame[predicted]), *high) if each is not None]
    return diagonal(figure, ("predicted", "observed"), most=max(found, default=1.0))


def diagonal(figure: Any, titles: tuple[str, str], *, most: float = 1.0) -> Any:
    """The figure with a line of equal shares on both axes.

    Args:
        figure: A figure whose axes are both fractions.
        titles: Titles of both axes.
        most: Where the line ends.
    """
    figure.add_scatter(
        x=[0, most], y=[0, most], mode="lines", line={"dash": "dot", "width": 1.5}, name="equal"
    )
    figure.update_xaxes(title=titles[0], tickformat=".0%")
    figure.update_yaxes(title=titles[1], tickformat=".0%")
    figure.update_layout(showlegend=False)
    return figure


def month_bars(
    frame: pd.DataFrame, day: str, series: Mapping[str, str], *, is_stacked: bool = False
) -> Any:
    """A bar per month-end and series, under the name of its month.

    Args:
        frame: One row per month-end, in order.
        day: Column of the month-end.
        series: Label of each column of values.
        is_stacked: Whether the series of a month stand on each other.
    """
    return month_axis(
        figures.bar(frame.assign(**{day: months(frame[day])}), day, series, is_stacked=is_stacked)
    )


def months(days: pd.Series) -> list[str]:
    """Names of months on two lines, which fit below a bar."""
    return [f"{each:%b}<br>{each:%Y}" for each in days]


def month_axis(figure: Any) -> Any:
    """The figure with so few names of months below it that they stand upright on a phone."""
    figure.update_xaxes(tickangle=0, nticks=6)
    return figure


def steps(frame: pd.DataFrame, name: str, amount: str, measure: str) -> Any:
    """A waterfall with its amounts written on it.

    Its axis begins above 0, with a note, where the steps would be too small to be visible.

    Args:
        frame: Steps in their order.
        name: Column of the step's name.
        amount: Column of its amount.
        measure: Column with `absolute`, `relative` or `total` for each bar.
    """
    figure = figures.waterfall(frame, name, amount, measure)
    figure.update_traces(
        text=[words.amount(each) for each in frame[amount]],
        textposition="outside",
        cliponaxis=False,
    )
    figure.update_layout(margin={"t": 28})
    levels = _levels(figures.plain(frame[amount]), list(frame[measure]))
    low, high = min(levels, default=0.0), max(levels, default=0.0)
    if low > high / 2:
        start = low - (high - low or high) / 2
        figure.update_yaxes(range=[start, high + (high - start) / 10])
        figure.add_annotation(
            text="the axis does not begin at 0",
            x=0,
            y=1.02,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            font={"size": 11},
        )
    return figure


def _levels(amounts: list[float | None], measures: list[str]) -> list[float]:
    """Levels that a waterfall reaches; those of its first step begin at 0 unless it is absolute."""
    found: list[float] = []
    level = 0.0
    for amount, measure in zip(amounts, measures, strict=True):
        if not found and measure == "relative":
            found.append(0.0)
        level = level + (amount or 0.0) if measure == "relative" else (amount or 0.0)
        found.append(level)
    return found


def shaded(frame: pd.DataFrame, x: str, y: str, value: str, *, digits: int = 0) -> Any:
    """A heatmap of shares with each share written in its cell.

    Args:
        frame: One row per pair of categories.
        x: Column of the horizontal categories, in the order of their first row.
        y: Column of the vertical categories.
        value: Column of the share.
        digits: Decimals of the per cent.
    """
    figure = figures.heatmap(frame, x, y, value, is_share=True)
    figure.update_traces(texttemplate=f"%{{z:.{digits}%}}")
    return figure


def histograms(
    frame: pd.DataFrame, lower: str, value: str, group: str, *, width: float, title: str
) -> Any:
    """A histogram per group over the same bins, each as shares of its group.

    Args:
        frame: One row per group and bin.
        lower: Column of the bin's lower end.
        value: Column of the share of the group that falls into it.
        group: Column of the group.
        width: Width of a bin.
        title: Title of the horizontal axis.
    """
    figure: Any = None
    for name, rows in frame.groupby(group, sort=False):
        drawn = figures.histogram(rows, lower, value, width=width, title=title)
        drawn.update_traces(name=str(name), opacity=0.65)
        if figure is None:
            figure = drawn
        else:
            figure.add_trace(drawn.data[0])
    ends = figures.plain(frame[lower])
    bins = {"start": min(ends), "end": max(ends) + width, "size": width}
    figure.update_traces(xbins=bins)
    figure.update_layout(barmode="overlay", showlegend=True, yaxis={"tickformat": ".0%"})
    return figure


def _shown(value: float, shape: str) -> str:
    return f"{value:.1%}" if shape.endswith("%") else f"{value:,.2f}"
