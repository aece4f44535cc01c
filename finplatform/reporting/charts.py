"""Charts as HTML fragments.

Belongs here: Plotly figures of frames, in one style. Plotly is imported inside, since it is slow to
load and most processes draw nothing.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

PALETTE = ("#1f4e79", "#c55a11", "#548235", "#7f6000", "#7030a0")


def line_chart(
    frame: pl.DataFrame, x: str, series: Sequence[tuple[str, str]], *, y_title: str, percent: bool
) -> str:
    """A line per column, as an HTML fragment without the Plotly library.

    Args:
        frame: Rows in the order of `x`.
        x: Column of the horizontal axis.
        series: Column and label of each line.
        y_title: Title of the vertical axis.
        percent: Whether values are fractions to be shown as per cent.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for (name, label), colour in zip(series, PALETTE, strict=False):
        figure.add_scatter(
            x=frame[x].to_list(),
            y=frame[name].cast(pl.Float64).to_list(),
            name=label,
            mode="lines+markers",
            line={"color": colour, "width": 2},
        )
    figure.update_yaxes(title=y_title, tickformat=".1%" if percent else ",.0f", rangemode="tozero")
    return _fragment(figure)


def bar_chart(
    frame: pl.DataFrame, x: str, series: Sequence[tuple[str, str]], *, y_title: str
) -> str:
    """Grouped bars per column, as an HTML fragment without the Plotly library."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for (name, label), colour in zip(series, PALETTE, strict=False):
        figure.add_bar(
            x=frame[x].to_list(),
            y=frame[name].cast(pl.Float64).to_list(),
            name=label,
            marker_color=colour,
        )
    figure.update_yaxes(title=y_title, tickformat=",.0f")
    return _fragment(figure)


def plotly_library() -> str:
    """Source of the Plotly library, to be put into a page once."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def _fragment(figure: Any) -> str:
    figure.update_layout(
        template="plotly_white",
        margin={"l": 60, "r": 20, "t": 20, "b": 40},
        legend={"orientation": "h", "y": 1.12},
        height=340,
        font={"family": "system-ui, sans-serif", "size": 13},
    )
    html: str = figure.to_html(
        full_html=False, include_plotlyjs=False, config={"displaylogo": False, "responsive": True}
    )
    return html
