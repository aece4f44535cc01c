"""Capital adequacy: the ratios against their minimums, and what they are made of.

Belongs here: the charts of the page, how each is drawn and what it says. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import pandas as pd

from finplatform.reporting import extremes, figures, risk_charts, words
from finplatform.reporting.catalog.capital_movement import MOVEMENT_CHART
from finplatform.reporting.catalog.capital_tables import MINIMUM, TABLES, TIERS
from finplatform.reporting.catalog.reporting_dates import latest, recent
from finplatform.reporting.page import Chart, Page

_RATIOS = f"""
    with {TIERS}

    select name, ratio, minimum, capital, surplus
    from tiers
    where ratio is not null
    order by position
"""

_HISTORY = f"""
    select
        reporting_date,
        cet1_ratio,
        tier1_ratio,
        total_ratio,
        {MINIMUM.format("cet1")} as cet1_minimum,
        {MINIMUM.format("cet1")} + buffer_required_rate as cet1_with_buffers
    from gold.capital_adequacy
    where cet1_ratio is not null and reporting_date <= %(as_of)s
    order by reporting_date
"""

_BUFFERS = """
    select reporting_date, buffer_available_rate, buffer_required_rate, earnings_conserved_rate
    from gold.capital_adequacy
    where buffer_available_rate is not null and reporting_date <= %(as_of)s
    order by reporting_date
"""

_CLASSES = f"""
    with {latest("rwa_by_class")}

    select
        exposure_class,
        sum(sa_risk_weighted_assets) as standardised_assets,
        sum(risk_weighted_assets) as assets_in_use,
        max(approach) as approach
    from gold.rwa_by_class
    inner join latest using (reporting_date)
    where risk_type = 'credit'
    group by exposure_class
    having sum(sa_risk_weighted_assets) + sum(risk_weighted_assets) > 0
    order by assets_in_use desc, exposure_class
"""

_COMPOSITION = f"""
    with {recent("output_floor")}

    select
        reporting_date,
        credit_risk_weighted_assets as credit,
        market_risk_weighted_assets as market,
        operational_risk_weighted_assets as operational,
        floor_increase,
        risk_weighted_assets as total
    from gold.output_floor
    inner join recent using (reporting_date)
    order by reporting_date
"""

_FLOOR = """
    select reporting_date, before_floor, output_floor_amount, output_floor_rate, floor_increase
    from gold.output_floor
    where reporting_date <= %(as_of)s
    order by reporting_date
"""

_OWN_FUNDS = f"""
    with {latest("own_funds")},

    lines as (
        select line, tier, counted_amount
        from gold.own_funds
        inner join latest using (reporting_date)
        where counted_amount <> 0
    ),

    steps as (
        select
            case tier when 'CET1' then 1 when 'AT1' then 3 else 5 end as position,
            line as step, counted_amount as amount, 'relative' as measure
        from lines
        union all
        select level.position, level.step, sum(lines.counted_amount), 'total'
        from (
            values
            (2, 'CET1', array['CET1']),
            (4, 'Tier 1', array['CET1', 'AT1']),
            (6, 'Total capital', array['CET1', 'AT1', 'T2'])
        ) as level (position, step, tiers)
        inner join lines on lines.tier = any(level.tiers)
        group by level.position, level.step
    )

    select step, amount, measure
    from steps
    order by position, amount desc, step
"""


def _draw_ratios(frame: pd.DataFrame) -> object:
    return risk_charts.bullets(frame, "name", "ratio", "minimum", shapes={})


def _say_ratios(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "ratio", "minimum", "surplus")
    if known.empty:
        return "No ratio can be compared with a minimum."
    room = [
        float(ratio) - float(least)
        for ratio, least in zip(known["ratio"], known["minimum"], strict=True)
    ]
    tightest = known.iloc[room.index(min(room))]
    points = abs(min(room)) * 100
    beyond = "above" if min(room) >= 0 else "below"
    return (
        f"{tightest['name']} is the tightest: {words.share(tightest['ratio'], 2)} is"
        f" {points:.2f} points {beyond} its minimum of {words.share(tightest['minimum'], 1)},"
        f" {words.amount(abs(float(tightest['surplus'])), currency)}"
        f" {'to spare' if min(room) >= 0 else 'short'}."
    )


def _draw_history(frame: pd.DataFrame) -> object:
    return risk_charts.limited_line(
        frame,
        "reporting_date",
        {"cet1_ratio": "CET1", "tier1_ratio": "Tier 1", "total_ratio": "total capital"},
        {"cet1_minimum": "minimum of CET1", "cet1_with_buffers": "minimum of CET1 with buffers"},
        is_share=True,
    )


def _say_history(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "cet1_ratio")
    if known.empty:
        return "No CET1 ratio is known."
    lowest, last = words.smallest(known, "cet1_ratio"), known.iloc[-1]
    under = words.known(known, "cet1_with_buffers")
    short = sum(
        float(ratio) < float(least)
        for ratio, least in zip(under["cet1_ratio"], under["cet1_with_buffers"], strict=True)
    )
    return (
        f"CET1 is {words.share(last['cet1_ratio'], 2)} on {words.day(last['reporting_date'])}; its"
        f" lowest was {words.share(lowest['cet1_ratio'], 2)} on"
        f" {words.day(lowest['reporting_date'])}, and it was below its minimum with buffers on"
        f" {short} of {words.plural(len(known), 'month-end')}."
    )


def _draw_buffers(frame: pd.DataFrame) -> object:
    return risk_charts.limited_line(
        frame,
        "reporting_date",
        {"buffer_available_rate": "CET1 left for buffers"},
        {"buffer_required_rate": "buffers required"},
        is_share=True,
    )


def _say_buffers(frame: pd.DataFrame, currency: str) -> str:
    last = frame.iloc[-1]
    kept = last["earnings_conserved_rate"]
    if words.is_missing(kept):
        then = "how much of the earnings must be kept is not known"
    elif float(kept) > 0:
        then = f"{words.share(kept, 0)} of the earnings must be kept"
    else:
        then = "earnings may be paid out"
    return (
        f"{words.share(last['buffer_available_rate'], 2)} of RWA is left for buffers of"
        f" {words.share(last['buffer_required_rate'], 2)}, so that {then}."
    )


def _draw_classes(frame: pd.DataFrame) -> object:
    return figures.bar(
        frame.assign(exposure_class=words.labels(frame["exposure_class"])),
        "exposure_class",
        {"standardised_assets": "standardised", "assets_in_use": "approach in use"},
    )


def _say_classes(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "assets_in_use")
    whole = float(words.total(known["assets_in_use"]))
    if known.empty or not whole:
        return "No class has RWA by the approach in use."
    first = words.largest(known, "assets_in_use")
    said = (
        f"{words.capitalized(words.label(first['exposure_class']))} holds"
        f" {words.share(float(first['assets_in_use']) / whole)} of credit RWA"
        f" ({words.amount(first['assets_in_use'], currency)})"
    )
    standard = first["standardised_assets"]
    if words.is_missing(standard) or not float(standard):
        return f"{said}."
    times = float(first["assets_in_use"]) / float(standard)
    return f"{said}, {times:.2f} times what the standardised approach gives."


_PARTS = {
    "credit": "credit",
    "market": "market",
    "operational": "operational",
    "floor_increase": "output floor",
}


def _draw_composition(frame: pd.DataFrame) -> object:
    return risk_charts.month_bars(frame, "reporting_date", _PARTS, is_stacked=True)


def _say_composition(frame: pd.DataFrame, currency: str) -> str:
    last, first = frame.iloc[-1], frame.iloc[0]
    parts = {
        name: float(last[column])
        for column, name in _PARTS.items()
        if not words.is_missing(last[column])
    }
    whole = sum(parts.values())
    if not whole:
        return f"There are no risk-weighted assets on {words.day(last['reporting_date'])}."
    largest = max(parts, key=lambda name: parts[name])
    said = (
        f"RWA are {words.amount(whole, currency)} on {words.day(last['reporting_date'])},"
        f" {words.share(parts[largest] / whole)} of them from"
        f" {largest if largest == 'output floor' else largest + ' risk'}"
    )
    if len(frame) == 1:
        return f"{said}."
    moved = words.change(last["total"], first["total"])
    return f"{said}; they are {moved} since {words.day(first['reporting_date'])}."


def _draw_floor(frame: pd.DataFrame) -> object:
    return risk_charts.limited_line(
        frame,
        "reporting_date",
        {"before_floor": "RWA of the approaches in use"},
        {"output_floor_amount": "output floor"},
    )


def _say_floor(frame: pd.DataFrame, currency: str) -> str:
    last = frame.iloc[-1]
    bound = sum(
        float(value) > 0 for value in words.known(frame, "floor_increase")["floor_increase"]
    )
    said = (
        f"The floor of {words.share(last['output_floor_rate'], 1)} stands at"
        f" {words.amount(last['output_floor_amount'], currency)} against RWA of"
        f" {words.amount(last['before_floor'], currency)}"
    )
    if not bound:
        return f"{said}; it has never raised RWA."
    return f"{said}; it raised RWA on {bound} of {words.plural(len(frame), 'month-end')}."


def _draw_own_funds(frame: pd.DataFrame) -> object:
    return risk_charts.steps(
        frame.assign(
            step=[
                step if measure == "total" else words.label(step)
                for step, measure in zip(frame["step"], frame["measure"], strict=True)
            ]
        ),
        "step",
        "amount",
        "measure",
    )


def _say_own_funds(frame: pd.DataFrame, currency: str) -> str:
    lines = words.known(frame[frame["measure"] == "relative"], "amount")
    totals = {
        row["step"]: row["amount"] for row in frame[frame["measure"] == "total"].to_dict("records")
    }
    capital = totals.get("Total capital")
    said = f"Total capital is {words.amount(capital, currency)}"
    if lines.empty:
        return f"{said}."
    largest, smallest = words.largest(lines, "amount"), words.smallest(lines, "amount")
    said += f"; its largest line is {words.label(largest['step'])}"
    said += f" ({words.amount(largest['amount'], currency)})"
    if float(smallest["amount"]) >= 0:
        return f"{said}, and nothing is deducted."
    return (
        f"{said}, its largest deduction {words.label(smallest['step'])}"
        f" ({words.amount(abs(float(smallest['amount'])), currency)})."
    )


PAGE = Page(
    name="capital_adequacy",
    title="Capital adequacy",
    question="Does the bank hold enough capital, and what does that depend on?",
    section="Risk and capital",
    charts=(
        Chart(
            name="Capital ratios",
            title="Capital ratios and their minimums",
            kind="indicator",
            unit="share of RWA",
            source="gold.capital_adequacy",
            as_of="reporting_date",
            query=_RATIOS,
            draw=_draw_ratios,
            describe=_say_ratios,
        ),
        Chart(
            name="Ratios over time",
            title="Capital ratios by month-end, with the minimum of CET1 and its buffers",
            kind="line",
            unit="share of RWA",
            source="gold.capital_adequacy",
            as_of="reporting_date",
            query=_HISTORY,
            draw=_draw_history,
            describe=_say_history,
        ),
        MOVEMENT_CHART,
        Chart(
            name="Own funds",
            title="Own funds, from the lines of CET1 to total capital",
            kind="waterfall",
            unit="{currency}",
            source="gold.own_funds",
            as_of="reporting_date",
            query=_OWN_FUNDS,
            draw=_draw_own_funds,
            describe=_say_own_funds,
        ),
        Chart(
            name="RWA by class",
            title="Credit RWA by exposure class: standardised approach and approach in use",
            kind="bar",
            unit="{currency}",
            source="gold.rwa_by_class",
            as_of="reporting_date",
            query=_CLASSES,
            draw=_draw_classes,
            describe=_say_classes,
        ),
        Chart(
            name="Composition of RWA",
            title="Risk-weighted assets by kind of risk, and what the output floor adds",
            kind="bar",
            unit="{currency}",
            source="gold.output_floor",
            as_of="reporting_date",
            query=_COMPOSITION,
            draw=_draw_composition,
            describe=_say_composition,
        ),
        Chart(
            name="Output floor",
            title="Risk-weighted assets before the floor, and the output floor",
            kind="line",
            unit="{currency}",
            source="gold.output_floor",
            as_of="reporting_date",
            query=_FLOOR,
            draw=_draw_floor,
            describe=_say_floor,
        ),
        Chart(
            name="Buffers",
            title="CET1 left after all minimums, and the buffers required",
            kind="line",
            unit="share of RWA",
            source="gold.capital_adequacy",
            as_of="reporting_date",
            query=_BUFFERS,
            draw=_draw_buffers,
            describe=_say_buffers,
        ),
    ),
    tables=TABLES,
)
