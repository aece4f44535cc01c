"""Figures keep the values of their frames, and null is never drawn as a number."""

from datetime import date
from decimal import Decimal

import pandas as pd

from finplatform.reporting import figures


def _frame(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=object)


def test_a_null_stays_a_gap() -> None:
    frame = _frame(day=[date(2026, 1, 31), date(2026, 2, 28)], amount=[Decimal("1.5"), None])
    trace = figures.line(frame, "day", {"amount": "amount"}).to_plotly_json()["data"][0]
    assert list(trace["x"]) == ["2026-01-31", "2026-02-28"]
    assert list(trace["y"]) == [1.5, None]


def test_leaves_of_a_treemap_add_up_to_their_branches() -> None:
    frame = _frame(kind=["loan", "loan", "card"], name=["a", "b", "c"], size=[1, 2, 4])
    trace = figures.treemap(frame, ["kind", "name"], "size").to_plotly_json()["data"][0]
    areas = dict(zip(trace["ids"], trace["values"], strict=True))
    assert areas == {"loan": 3, "loan/a": 1, "loan/b": 2, "card": 4, "card/c": 4}


def test_a_missing_cell_of_a_heatmap_is_blank() -> None:
    frame = _frame(x=["a", "b", "a"], y=["u", "u", "v"], value=[1, 2, 3])
    trace = figures.heatmap(frame, "x", "y", "value").to_plotly_json()["data"][0]
    assert [list(row) for row in trace["z"]] == [[1, 2], [3, None]]


def test_a_bin_of_a_histogram_has_the_count_of_its_row() -> None:
    frame = _frame(low=[Decimal("0.0"), Decimal("0.2")], count=[3, 5])
    trace = figures.histogram(frame, "low", "count", width=0.1, title="x").to_plotly_json()
    drawn = trace["data"][0]
    assert list(drawn["x"]) == [0.05, 0.25]
    assert list(drawn["y"]) == [3, 5]
    assert (drawn["xbins"]["start"], round(drawn["xbins"]["end"], 9)) == (0.0, 0.3)


def test_an_interval_reaches_from_its_lower_to_its_upper_end() -> None:
    frame = _frame(name=["effect"], value=[2.0], low=[1.5], high=[4.0])
    error = figures.intervals(frame, "name", "value", "low", "high").to_plotly_json()["data"][0]
    assert (list(error["error_x"]["array"]), list(error["error_x"]["arrayminus"])) == ([2.0], [0.5])


def test_an_indicator_without_a_base_shows_no_change() -> None:
    frame = _frame(name=["a", "b"], value=[1, 2], base=[None, 1])
    traces = figures.indicators(frame, "name", "value", "base", formats={}).to_plotly_json()["data"]
    assert [trace["mode"] for trace in traces] == ["number", "number+delta"]


def test_each_group_has_a_trace_of_its_own_rows() -> None:
    frame = _frame(x=[1, 2, 3], y=[4, 5, 6], kind=["b", "a", "b"])
    traces = figures.scatter(frame, "x", "y", titles=("x", "y"), group="kind").to_plotly_json()
    drawn = {trace["name"]: list(trace["x"]) for trace in traces["data"]}
    assert drawn == {"b": [1, 3], "a": [2]}


def test_grouped_bars_keep_the_order_of_their_rows() -> None:
    frame = _frame(x=["8", "9", "9", "10"], y=[1, 2, 3, 4], kind=["a", "b", "a", "a"])
    figure = figures.grouped_bar(frame, "x", "y", "kind").to_plotly_json()
    assert list(figure["layout"]["xaxis"]["categoryarray"]) == ["8", "9", "10"]
