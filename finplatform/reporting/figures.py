"""Figures of report pages: one function per chart type, from a pandas frame to a Plotly figure.

Belongs here: how a chart type is drawn in the house style. Colours and fonts are not set here: the
page's script applies the light or the dark theme when it draws. Plotly is imported inside, since
most processes draw nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from finplatform.reporting import words

_PERCENT = ".2~%"
_AMOUNT = ",.4~s"
"""Axis labels with an SI prefix, such as 12.5M."""
_INDICATORS_ACROSS = 2
"""Indicators in a row; more would leave no room for their digits on a phone."""


def bar(
    frame: pd.DataFrame,
    x: str,
    series: Mapping[str, str],
    *,
    is_share: bool = False,
    is_stacked: bool = False,
    is_horizontal: bool = False,
) -> Any:
    """A bar per row and series.

    Args:
        frame: Rows in the order in which they are drawn.
        x: Column of the categories.
        series: Label of each column of values.
        is_share: Whether values are fractions, shown as per cent.
        is_stacked: Whether the series of a category stand on each other.
        is_horizontal: Whether bars lie, which long names need.
    """
    figure = _figure(is_stacked=is_stacked)
    for column, label in series.items():
        places, values = plain(frame[x]), plain(frame[column])
        if is_horizontal:
            figure.add_bar(x=values, y=places, name=label, orientation="h")
        else:
            figure.add_bar(x=places, y=values, name=label)
    if is_horizontal:
        figure.update_yaxes(type="category", autorange="reversed", automargin=True)
        _number_axis(figure, "x", is_share=is_share)
    else:
        figure.update_xaxes(type="category", automargin=True)
        _number_axis(figure, "y", is_share=is_share)
    return figure


def grouped_bar(
    frame: pd.DataFrame,
    x: str,
    value: str,
    group: str,
    *,
    is_share: bool = False,
    is_stacked: bool = False,
) -> Any:
    """A bar per category and group, from rows that hold one value each.

    Categories stand in the order of their first row, whichever groups have them.
    """
    figure = _figure(is_stacked=is_stacked)
    for name, rows in frame.groupby(group, sort=False):
        figure.add_bar(x=plain(rows[x]), y=plain(rows[value]), name=str(name))
    order = list(dict.fromkeys(plain(frame[x])))
    figure.update_xaxes(
        type="category", categoryorder="array", categoryarray=order, automargin=True
    )
    _number_axis(figure, "y", is_share=is_share)
    return figure


def line(
    frame: pd.DataFrame,
    x: str,
    series: Mapping[str, str],
    *,
    is_share: bool = False,
    from_zero: bool = True,
) -> Any:
    """A line per series.

    Args:
        frame: Rows in the order of `x`.
        x: Column of dates or ordered values.
        series: Label of each column of values.
        is_share: Whether values are fractions.
        from_zero: Whether the axis begins at 0.
    """
    figure = _figure()
    for column, label in series.items():
        figure.add_scatter(
            x=plain(frame[x]), y=plain(frame[column]), name=label, mode="lines+markers"
        )
    _number_axis(figure, "y", is_share=is_share)
    figure.update_yaxes(rangemode="tozero" if from_zero else "normal")
    return figure


def grouped_line(
    frame: pd.DataFrame, x: str, value: str, group: str, *, is_share: bool = False
) -> Any:
    """A line per group, from rows that hold one value each."""
    figure = _figure()
    for name, rows in frame.groupby(group, sort=False):
        figure.add_scatter(
            x=plain(rows[x]), y=plain(rows[value]), name=str(name), mode="lines+markers"
        )
    _number_axis(figure, "y", is_share=is_share)
    return figure


def pie(frame: pd.DataFrame, name: str, value: str) -> Any:
    """A ring whose sectors are parts of a whole."""
    figure = _figure()
    figure.add_pie(
        labels=plain(frame[name]),
        values=plain(frame[value]),
        hole=0.45,
        sort=False,
        textinfo="label+percent",
        textposition="outside",
        automargin=True,
    )
    figure.update_layout(showlegend=False)
    return figure


def scatter(
    frame: pd.DataFrame,
    x: str,
    y: str,
    *,
    titles: tuple[str, str],
    group: str | None = None,
    text: str | None = None,
    is_log: bool = False,
) -> Any:
    """A point per row.

    Args:
        frame: Rows to draw.
        x: Column of the horizontal axis.
        y: Column of the vertical axis.
        titles: Titles of both axes.
        group: Column whose values have a colour each.
        text: Column shown on hovering.
        is_log: Whether the horizontal axis is logarithmic.
    """
    figure = _figure()
    for name, rows in frame.groupby(group, sort=False) if group else (("", frame),):
        figure.add_scatter(
            x=plain(rows[x]),
            y=plain(rows[y]),
            name=str(name),
            mode="markers",
            text=plain(rows[text]) if text else None,
            marker={"size": 7, "opacity": 0.75},
        )
    figure.update_xaxes(title=titles[0], type="log" if is_log else "linear")
    figure.update_yaxes(title=titles[1])
    figure.update_layout(showlegend=group is not None)
    return figure


def intervals(
    frame: pd.DataFrame, name: str, value: str, lower: str, upper: str, *, is_share: bool = False
) -> Any:
    """A point per row with its interval, and a line at 0."""
    figure = _figure()
    values, low, high = (plain(frame[column]) for column in (value, lower, upper))
    figure.add_scatter(
        x=values,
        y=plain(frame[name]),
        mode="markers",
        marker={"size": 9},
        error_x=error_bars(low, values, high),
    )
    figure.add_vline(x=0, line_width=1, line_dash="dot")
    figure.update_yaxes(type="category", autorange="reversed", automargin=True)
    _number_axis(figure, "x", is_share=is_share)
    figure.update_layout(showlegend=False)
    return figure


def error_bars(
    low: Sequence[float | None], values: Sequence[float | None], high: Sequence[float | None]
) -> dict[str, Any]:
    """Error bars of points from both ends of their intervals, as a trace takes them."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [_distance(end, at) for end, at in zip(high, values, strict=True)],
        "arrayminus": [_distance(at, end) for end, at in zip(low, values, strict=True)],
    }


def heatmap(
    frame: pd.DataFrame,
    x: str,
    y: str,
    value: str,
    *,
    is_share: bool = False,
    is_signed: bool = False,
) -> Any:
    """A cell per pair of categories, from rows that hold one value each.

    Args:
        frame: One row per pair; missing pairs stay blank.
        x: Column of the horizontal categories, in the order of their first row.
        y: Column of the vertical categories.
        value: Column of the colour.
        is_share: Whether values are fractions.
        is_signed: Whether 0 is the middle of the scale, as with correlations.
    """
    columns, rows = list(dict.fromkeys(plain(frame[x]))), list(dict.fromkeys(plain(frame[y])))
    cells = {
        (row, column): cell
        for row, column, cell in zip(
            plain(frame[y]), plain(frame[x]), plain(frame[value]), strict=True
        )
    }
    figure = _figure()
    figure.add_heatmap(
        x=[str(column) for column in columns],
        y=[str(row) for row in rows],
        z=[[cells.get((row, column)) for column in columns] for row in rows],
        colorbar={"tickformat": _PERCENT if is_share else _AMOUNT, "thickness": 12},
        **({"zmid": 0} if is_signed else {}),
    )
    figure.update_xaxes(type="category", automargin=True)
    figure.update_yaxes(type="category", autorange="reversed", automargin=True)
    return figure


def treemap(frame: pd.DataFrame, path: Sequence[str], value: str) -> Any:
    """Nested rectangles: a row is a leaf, its ancestors are named by the columns of a path.

    Args:
        frame: One row per leaf.
        path: Columns from the outermost to the leaf.
        value: Column of the area.
    """
    areas: dict[tuple[str, ...], float] = {}
    for row in frame.to_dict("records"):
        names = tuple(str(row[column]) for column in path)
        for depth in range(1, len(names) + 1):
            areas[names[:depth]] = areas.get(names[:depth], 0.0) + float(row[value] or 0)
    figure = _figure()
    figure.add_treemap(
        ids=["/".join(names) for names in areas],
        labels=[names[-1] for names in areas],
        parents=["/".join(names[:-1]) for names in areas],
        values=list(areas.values()),
        branchvalues="total",
        textinfo="label+percent root",
    )
    return figure


def histogram(
    frame: pd.DataFrame, lower: str, count: str, *, width: float, title: str, is_share: bool = False
) -> Any:
    """A bar per bin that the query has counted.

    Args:
        frame: One row per bin.
        lower: Column of the bin's lower end.
        count: Column of how many fall into it.
        width: Width of a bin.
        title: Title of the horizontal axis.
        is_share: Whether the axis is a fraction.
    """
    figure = _figure()
    middles = [low + width / 2 for low in plain(frame[lower])]
    ends = plain(frame[lower])
    figure.add_histogram(
        x=middles,
        y=plain(frame[count]),
        histfunc="sum",
        xbins={"start": min(ends), "end": max(ends) + width, "size": width},
    )
    figure.update_xaxes(title=title, tickformat=_PERCENT if is_share else _AMOUNT)
    figure.update_layout(bargap=0.04, showlegend=False)
    return figure


def indicators(
    frame: pd.DataFrame, name: str, value: str, base: str, *, formats: Mapping[str, str]
) -> Any:
    """A number per row with its change.

    Args:
        frame: One row per figure.
        name: Column of the figure's name.
        value: Column of the figure.
        base: Column of the figure that it is compared with; null shows no change.
        formats: Format (d3) of the figures that are not whole numbers, by name.
    """
    figure = _figure()
    rows = frame.to_dict("records")
    across = min(len(rows), _INDICATORS_ACROSS)
    down = -(-len(rows) // across)
    for place, row in enumerate(rows):
        column, level = place % across, place // across
        compared = _number(row[base])
        shape = formats.get(str(row[name]), ",.0f")
        figure.add_indicator(
            mode="number" if compared is None else "number+delta",
            value=_number(row[value]),
            title={"text": str(row[name]), "font": {"size": 13}},
            number={"valueformat": shape, "font": {"size": 26}},
            delta={
                "reference": compared,
                "relative": bool(compared),
                "valueformat": _PERCENT if compared else shape,
                "font": {"size": 12},
            },
            domain={
                "x": [column / across, (column + 1) / across],
                "y": [1 - (level + 1) / down, 1 - level / down - 0.12],
            },
        )
    return figure


def waterfall(frame: pd.DataFrame, name: str, amount: str, measure: str) -> Any:
    """Steps from one level to another.

    Args:
        frame: Steps in their order.
        name: Column of the step's name.
        amount: Column of its amount.
        measure: Column with `absolute`, `relative` or `total` for each bar.
    """
    figure = _figure()
    figure.add_waterfall(
        x=plain(frame[name]), y=plain(frame[amount]), measure=plain(frame[measure])
    )
    figure.update_xaxes(type="category", automargin=True)
    _number_axis(figure, "y", is_share=False)
    figure.update_layout(showlegend=False)
    return figure


def plain(values: pd.Series) -> list[Any]:
    """Values as JSON has them: numbers as floats, dates as ISO text, what is missing as None."""
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if words.is_missing(value):
        return None
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value.item() if hasattr(value, "item") else value


def _number(value: Any) -> float | None:
    found = _plain(value)
    return None if found is None else float(found)


def _distance(end: float | None, start: float | None) -> float | None:
    return None if end is None or start is None else end - start


def _number_axis(figure: Any, axis: str, *, is_share: bool) -> None:
    figure.update_layout({f"{axis}axis": {"tickformat": _PERCENT if is_share else _AMOUNT}})


def _figure(*, is_stacked: bool = False) -> Any:
    import plotly.graph_objects as go

    return go.Figure(
        layout={
            # The default template adds 7 kB to every figure; the page's script has the theme.
            "template": "none",
            "margin": {"l": 56, "r": 16, "t": 12, "b": 44},
            "legend": {"orientation": "h", "y": 1.08, "yanchor": "bottom"},
            "barmode": "stack" if is_stacked else "group",
        }
    )
