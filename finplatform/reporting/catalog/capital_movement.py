"""The chart of what moved the CET1 ratio in a year.

Belongs here: the rows of both dates, and drawing the steps. Does not belong here: the decomposition
(`finplatform.risk.movement`), and the page (`capital_adequacy`).
"""

from typing import Any

import pandas as pd
import polars as pl

from finplatform.reporting import extremes, risk_charts, words
from finplatform.reporting.page import Chart
from finplatform.risk.movement import CLOSING, OPENING, capital_movement, waterfall_steps

_ADEQUACY, _CLASS, _LINE = "adequacy", "class", "line"

_ROWS = f"""
    with reported as (
        select reporting_date, cet1_ratio, cet1_capital, risk_weighted_assets
        from gold.capital_adequacy
        where cet1_ratio is not null and reporting_date <= %(as_of)s
    ),

    latest as (
        select max(reporting_date) as reporting_date
        from reported
    ),

    ends as (
        select min(reported.reporting_date) as from_date, max(latest.reporting_date) as to_date
        from reported
        inner join latest
            on reported.reporting_date < latest.reporting_date
            and reported.reporting_date + 1 >= latest.reporting_date + 1 - interval '1 year'
    )

    select
        '{_ADEQUACY}' as part, reported.reporting_date, 'CET1' as risk_type_or_tier, 'ratio' as name,
        false as is_defaulted, reported.cet1_capital as amount,
        reported.risk_weighted_assets as assets, reported.cet1_ratio as ratio
    from reported
    inner join ends on reported.reporting_date in (ends.from_date, ends.to_date)
    union all
    select
        '{_CLASS}', cells.reporting_date, cells.risk_type, cells.exposure_class,
        cells.is_defaulted, cells.exposure_amount, cells.risk_weighted_assets, null
    from gold.rwa_by_class as cells
    inner join ends on cells.reporting_date in (ends.from_date, ends.to_date)
    union all
    select
        '{_LINE}', funds.reporting_date, funds.tier, funds.line, false, funds.counted_amount, null,
        null
    from gold.own_funds as funds
    inner join ends on funds.reporting_date in (ends.from_date, ends.to_date)
    where funds.tier = 'CET1'
    order by part, reporting_date, risk_type_or_tier, name, is_defaulted
"""


def _steps(frame: pd.DataFrame) -> pd.DataFrame:
    """Steps of the waterfall: label, amount as a fraction, measure."""
    adequacy = _part(
        frame,
        _ADEQUACY,
        {"amount": "cet1_capital", "assets": "risk_weighted_assets", "ratio": "cet1_ratio"},
    )
    classes = _part(
        frame,
        _CLASS,
        {
            "risk_type_or_tier": "risk_type",
            "name": "exposure_class",
            "is_defaulted": "is_defaulted",
            "amount": "exposure_amount",
            "assets": "risk_weighted_assets",
        },
    )
    lines = _part(
        frame, _LINE, {"risk_type_or_tier": "tier", "name": "line", "amount": "counted_amount"}
    )
    days = adequacy["reporting_date"].sort().to_list()
    movement = capital_movement(
        adequacy,
        classes,
        days[0],
        days[-1],
        own_funds=lines if _is_whole(adequacy, lines) else None,
    )
    steps = waterfall_steps(movement, depth=2).filter(
        (pl.col("amount") != 0) | pl.col("kind").is_in([OPENING, CLOSING])
    )
    return pd.DataFrame(
        {
            "label": [
                _named(name, label) for name, label in steps.select("name", "label").iter_rows()
            ],
            "amount": steps["amount"].to_list(),
            "measure": [_measure(name) for name in steps["name"]],
        },
        dtype=object,
    )


def _named(name: str, label: str) -> str:
    """A step in words, assets by their kind of risk."""
    is_assets = name.startswith("risk_weighted_assets.") and not name.endswith(".floor")
    return f"{words.label(label)} RWA" if is_assets else words.label(label)


def _part(frame: pd.DataFrame, part: str, columns: dict[str, str]) -> pl.DataFrame:
    """Rows of a part under the names of their table."""
    kept = frame[frame["part"] == part]
    return pl.DataFrame(
        {
            "reporting_date": list(kept["reporting_date"]),
            **{name: list(kept[column]) for column, name in columns.items()},
        }
    )


def _is_whole(adequacy: pl.DataFrame, lines: pl.DataFrame) -> bool:
    """Whether the lines of both dates add up to their capital."""
    sums: dict[Any, Any] = {}
    for day, amount in lines.select("reporting_date", "counted_amount").iter_rows():
        sums[day] = sums.get(day, 0) + amount
    stated = adequacy.select("reporting_date", "cet1_capital").iter_rows()
    return all(sums.get(day) == capital for day, capital in stated)


def _measure(name: str) -> str:
    return {OPENING: "absolute", CLOSING: "total"}.get(name, "relative")


def _draw(frame: pd.DataFrame) -> object:
    steps = _steps(frame)
    figure = risk_charts.steps(steps, "label", "amount", "measure")
    figure.update_traces(
        text=[
            words.share(amount, 2) if measure != "relative" else f"{float(amount) * 100:+.2f}"
            for amount, measure in zip(steps["amount"], steps["measure"], strict=True)
        ]
    )
    figure.update_yaxes(tickformat=".1%")
    return figure


def _say(frame: pd.DataFrame, currency: str) -> str:
    steps = _steps(frame)
    days = sorted(set(frame["reporting_date"]))
    first, last = steps["amount"].iloc[0], steps["amount"].iloc[-1]
    sentence = (
        f"CET1 went from {words.share(first, 2)} on {words.day(days[0])} to"
        f" {words.share(last, 2)} on {words.day(days[-1])}"
    )
    moves = steps[steps["measure"] == "relative"]
    if moves.empty:
        return f"{sentence}; nothing moved it."
    name = extremes.text_of("label")
    if len(moves) == 1:
        only = extremes.largest(moves, "amount", name)
        way = "added" if only["amount"] > 0 else "took off"
        return f"{sentence}; {only.bare} alone {way} {_points(only)}."
    down, up = extremes.smallest(moves, "amount", name), extremes.largest(moves, "amount", name)
    parts = []
    if down["amount"] < 0:
        parts.append(f"{down.name} took off most, {_points(down)}")
    if up["amount"] > 0:
        parts.append(f"{up.name} added most, {_points(up)}")
    return f"{sentence}; {' and '.join(parts)}."


MOVEMENT_CHART = Chart(
    name="What moved the ratio",
    title="What moved the CET1 ratio in the last twelve months",
    kind="waterfall",
    unit="share of RWA, steps in points",
    source="gold.capital_adequacy",
    as_of="reporting_date",
    query=_ROWS,
    draw=_draw,
    describe=_say,
    also=("gold.rwa_by_class", "gold.own_funds"),
)
"""The chart."""


def _points(step: extremes.Extreme) -> str:
    return f"{words.number(abs(float(step['amount'])) * 100)} points"
