"""Capital adequacy: the ratios against their minimums, and what they are made of.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import pandas as pd

from finplatform.reporting import extremes, figures, risk_charts, words
from finplatform.reporting.catalog import capital_adequacy_queries as queries
from finplatform.reporting.catalog.capital_movement import MOVEMENT_CHART
from finplatform.reporting.catalog.capital_tables import TABLES
from finplatform.reporting.page import Chart, Page


def _draw_ratios(frame: pd.DataFrame) -> object:
    return risk_charts.bullets(frame, "name", "ratio", "minimum", shapes={})


def _say_ratios(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "ratio", "minimum", "surplus")
    if known.empty:
        return "No ratio can be compared with a minimum."
    room = [
        extremes.exact(ratio) - extremes.exact(least)
        for ratio, least in zip(known["ratio"], known["minimum"], strict=True)
    ]
    tightest = extremes.smallest(
        known.assign(room=extremes.exact_column(known, room)), "room", extremes.text_of("name")
    )
    points, surplus = tightest["room"] * 100, tightest["surplus"]
    minimum = words.share(tightest["minimum"])
    sentence = f"{tightest.heading} is the tightest: {words.share(tightest['ratio'], 2)}"
    if not points:
        return f"{sentence} is exactly its minimum of {minimum}."
    return (
        f"{sentence} is {words.number(abs(points))} points {'above' if points > 0 else 'below'} its"
        f" minimum of {minimum}, {words.amount(abs(surplus), currency)}"
        f" {'to spare' if points > 0 else 'short'}."
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
    last, under = known.iloc[-1], words.known(known, "cet1_with_buffers")
    short = sum(
        ratio < least
        for ratio, least in zip(under["cet1_ratio"], under["cet1_with_buffers"], strict=True)
    )
    sentence = (
        f"CET1 is {words.share(last['cet1_ratio'], 2)} on {words.day(last['reporting_date'])}"
    )
    if len(known) > 1:
        lowest = extremes.smallest(known, "cet1_ratio", extremes.day_of("reporting_date"))
        sentence += f"; its lowest was {words.share(lowest['cet1_ratio'], 2)} on {lowest.name}"
    if under.empty:
        return f"{sentence}; its minimum is not known."
    if not short:
        return f"{sentence}; it was not below its minimum with buffers."
    return (
        f"{sentence}; it was below its minimum with buffers on {short} of"
        f" {words.plural(len(under), 'month-end')}."
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
    whole = words.total(known["assets_in_use"])
    if not whole:
        return "No class has RWA by the approach in use."
    first = extremes.largest(known, "assets_in_use", extremes.label_of("exposure_class"))
    part = words.part(first["assets_in_use"], whole)
    sentence = (
        f"{first.heading} holds {words.share(part)} of credit RWA"
        f" ({words.amount(first['assets_in_use'], currency)})"
    )
    times = words.part(first["assets_in_use"], first["standardised_assets"])
    if times is None:
        return f"{sentence}."
    return f"{sentence}, {words.number(times)} times what the standardised approach gives."


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
        name: last[column] for column, name in _PARTS.items() if not words.is_missing(last[column])
    }
    whole = sum(parts.values())
    if not whole:
        return f"There are no risk-weighted assets on {words.day(last['reporting_date'])}."
    largest = extremes.of_sums(parts, _part_name)
    sentence = (
        f"RWA are {words.amount(whole, currency)} on {words.day(last['reporting_date'])},"
        f" {words.share(words.part(largest['value'], whole))} of them from {largest.name}"
    )
    if len(frame) == 1 or words.is_missing(first["total"]) or words.is_missing(last["total"]):
        return f"{sentence}."
    moved = words.change(last["total"], first["total"], currency)
    return f"{sentence}; they are {moved} since {words.day(first['reporting_date'])}."


def _draw_floor(frame: pd.DataFrame) -> object:
    return risk_charts.limited_line(
        frame,
        "reporting_date",
        {"before_floor": "RWA of the approaches in use"},
        {"output_floor_amount": "output floor"},
    )


def _part_name(name: str) -> str:
    return "the output floor" if name == "output floor" else f"{name} risk"


def _say_floor(frame: pd.DataFrame, currency: str) -> str:
    last = frame.iloc[-1]
    bound = sum(value > 0 for value in words.known(frame, "floor_increase")["floor_increase"])
    sentence = (
        f"The floor of {words.share(last['output_floor_rate'], 1)} stands at"
        f" {words.amount(last['output_floor_amount'], currency)} against RWA of"
        f" {words.amount(last['before_floor'], currency)}"
    )
    if not bound:
        return f"{sentence}; it raised RWA on no month-end."
    return f"{sentence}; it raised RWA on {bound} of {words.plural(len(frame), 'month-end')}."


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
    totals = words.known(frame[frame["step"] == "Total capital"], "amount")
    if totals.empty:
        return "Total capital is not known."
    sentence = f"Total capital is {words.amount(totals['amount'].iloc[0], currency)}"
    if lines.empty:
        return f"{sentence}."
    name = extremes.label_of("step")
    largest = extremes.largest(lines, "amount", name)
    smallest = extremes.smallest(lines, "amount", name)
    if largest["amount"] > 0:
        sentence += (
            f"; its largest line is {largest.name} ({words.amount(largest['amount'], currency)})"
        )
    if smallest["amount"] >= 0:
        return f"{sentence}; nothing is deducted."
    return (
        f"{sentence}; its largest deduction is {smallest.name}"
        f" ({words.amount(abs(smallest['amount']), currency)})."
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
            query=queries.RATIOS,
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
            query=queries.HISTORY,
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
            query=queries.OWN_FUNDS,
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
            query=queries.CLASSES,
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
            query=queries.COMPOSITION,
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
            query=queries.FLOOR,
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
            query=queries.BUFFERS,
            draw=_draw_buffers,
            describe=_say_buffers,
        ),
    ),
    tables=TABLES,
)
