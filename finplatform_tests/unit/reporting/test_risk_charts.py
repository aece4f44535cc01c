"""Figures of risk pages show limits, intervals and gauges as their frames have them."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pandas as pd

from finplatform.reporting import figures, risk_charts


def _frame(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=object)


def _data(figure: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = figure.to_plotly_json()["data"]
    return found


def test_a_limit_is_dashed_and_has_the_values_of_its_column() -> None:
    frame = _frame(day=["a", "b"], ratio=[Decimal("0.1"), None], least=[0.05, 0.06])
    line, limit = _data(
        risk_charts.limited_line(frame, "day", {"ratio": "ratio"}, {"least": "minimum"})
    )
    assert list(line["y"]) == [0.1, None]
    assert list(limit["y"]) == [0.05, 0.06]
    assert (limit["name"], limit["line"]["dash"], limit["mode"]) == ("minimum", "dash", "lines")


def test_a_limit_of_one_day_is_a_mark_since_it_has_no_length() -> None:
    frame = _frame(day=["a"], ratio=[0.1], least=[0.05])
    assert (
        _data(risk_charts.limited_line(frame, "day", {"ratio": "r"}, {"least": "l"}))[1]["mode"]
        == "markers"
    )


def test_a_limit_that_is_not_known_is_not_drawn() -> None:
    figure = figures.bar(_frame(x=["a"], y=[1]), "x", {"y": "y"})
    assert not risk_charts.mark(figure, None, "limit").layout.shapes
    assert risk_charts.mark(figure, Decimal("2.5"), "limit").layout.shapes[0].y0 == 2.5


def test_a_bullet_reaches_beyond_its_value_and_its_limit() -> None:
    frame = _frame(name=["a", "b"], value=[0.2, 0.01], least=[0.1, 0.05])
    traces = _data(risk_charts.bullets(frame, "name", "value", "least", shapes={}))
    for trace, value, least in zip(traces, (0.2, 0.01), (0.1, 0.05), strict=True):
        assert trace["value"] == value
        assert trace["gauge"]["threshold"]["value"] == least
        assert trace["gauge"]["axis"]["range"][1] > max(value, least)


def test_bullets_stand_below_each_other() -> None:
    frame = _frame(name=["a", "b", "c"], value=[1, 1, 1], least=[1, 1, None])
    figure = risk_charts.bullets(frame, "name", "value", "least", shapes={})
    spans = [trace["domain"]["y"] for trace in _data(figure)]
    assert all(above[0] >= below[1] for above, below in pairwise(spans))
    assert [note.text for note in figure.layout.annotations] == [
        "a (minimum 100.0%)",
        "b (minimum 100.0%)",
        "c",
    ]


def test_intervals_stand_beside_their_reference_and_no_other_line() -> None:
    frame = _frame(name=["a"], value=[0.7], low=[0.6], high=[0.9])
    figure = risk_charts.intervals_at(
        frame, "name", "value", "low", "high", reference=0.8, label="limit"
    )
    assert [shape.x0 for shape in figure.layout.shapes] == [0.8]
    low, high = figure.layout.xaxis.range
    assert low < 0.6
    assert high > 0.9


def test_reliability_has_its_points_intervals_and_a_diagonal() -> None:
    frame = _frame(
        grade=["1", "2"], pd=[0.1, 0.2], rate=[0.1, 0.3], low=[0.0, None], high=[0.2, 0.5]
    )
    points, diagonal = _data(risk_charts.reliability(frame, "grade", "pd", "rate", "low", "high"))
    assert (list(points["x"]), list(points["y"])) == ([0.1, 0.2], [0.1, 0.3])
    assert [round(each, 9) for each in points["error_y"]["array"]] == [0.1, 0.2]
    assert list(points["error_y"]["arrayminus"]) == [0.1, None]
    assert list(diagonal["x"]) == list(diagonal["y"]) == [0, 0.5]


def test_a_waterfall_of_small_steps_begins_above_0_and_says_so() -> None:
    frame = _frame(
        step=["opening", "new", "closing"],
        amount=[Decimal(100), Decimal(10), Decimal(110)],
        measure=["absolute", "relative", "total"],
    )
    figure = risk_charts.steps(frame, "step", "amount", "measure")
    assert 0 < figure.layout.yaxis.range[0] < 100
    assert figure.layout.yaxis.range[1] > 110
    assert [note.text for note in figure.layout.annotations] == ["the axis does not begin at 0"]
    assert list(figure.data[0].text) == ["100", "10", "110"]


def test_a_waterfall_from_nothing_begins_at_0() -> None:
    frame = _frame(step=["a", "all"], amount=[90, 90], measure=["relative", "total"])
    figure = risk_charts.steps(frame, "step", "amount", "measure")
    assert figure.layout.yaxis.range is None
    assert not figure.layout.annotations


def test_a_waterfall_without_values_is_no_error() -> None:
    frame = _frame(step=["a", "all"], amount=[None, None], measure=["absolute", "total"])
    assert list(risk_charts.steps(frame, "step", "amount", "measure").data[0].y) == [None, None]


def test_months_stand_in_the_order_of_their_rows() -> None:
    frame = _frame(day=[date(2025, 12, 31), date(2026, 1, 31)], size=[1, 2])
    figure = risk_charts.month_bars(frame, "day", {"size": "size"})
    assert list(figure.data[0].x) == ["Dec<br>2025", "Jan<br>2026"]


def test_cells_of_shares_have_their_per_cent_written_on_them() -> None:
    frame = _frame(x=["a"], y=["b"], share=[0.125])
    trace = _data(risk_charts.shaded(frame, "x", "y", "share", digits=1))[0]
    assert trace["texttemplate"] == "%{z:.1%}"
    assert trace["z"] == [[0.125]]
