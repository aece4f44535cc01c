"""Liquidity and leverage: the three ratios, what they are made of, and what the bank is funded by.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import pandas as pd

from finplatform.reporting import extremes, figures, risk_charts, words
from finplatform.reporting.catalog import liquidity_queries as queries
from finplatform.reporting.page import Chart, Page, Table


def _draw_ratios(frame: pd.DataFrame) -> object:
    return risk_charts.bullets(frame, "name", "ratio", "minimum_ratio", shapes={})


def _say_ratios(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "ratio", "minimum_ratio")
    limited = known[[bool(least) for least in known["minimum_ratio"]]]
    if limited.empty:
        return "No ratio can be compared with a minimum."
    kept = [
        extremes.exact(ratio) / extremes.exact(least)
        for ratio, least in zip(limited["ratio"], limited["minimum_ratio"], strict=True)
    ]
    tightest = extremes.smallest(
        limited.assign(kept=extremes.exact_column(limited, kept)), "kept", extremes.text_of("name")
    )
    short = [
        str(row["name"]).lower()
        for row in limited.to_dict("records")
        if row["ratio"] < row["minimum_ratio"]
    ]
    against = f"{words.share(tightest['ratio'])} against {words.share(tightest['minimum_ratio'])}"
    if not short:
        verb = "is" if len(limited) == 1 else "are"
        minimums = "its minimum" if len(limited) == 1 else "all minimums"
        return f"{tightest.heading} is nearest to its minimum, {against}; {minimums} {verb} kept."
    verb = "falls" if len(short) == 1 else "fall"
    return (
        f"{tightest.heading} is furthest below its minimum, {against}; {words.listed(short)} {verb}"
        " short."
    )


def _draw_coverage(frame: pd.DataFrame) -> object:
    return risk_charts.limited_line(
        frame,
        "reporting_date",
        {"coverage_ratio": "liquidity coverage ratio"},
        {"minimum_ratio": "minimum"},
        is_share=True,
    )


def _draw_funding_ratio(frame: pd.DataFrame) -> object:
    return risk_charts.limited_line(
        frame,
        "reporting_date",
        {"stable_funding_ratio": "net stable funding ratio"},
        {"minimum_ratio": "minimum"},
        is_share=True,
    )


def _draw_leverage(frame: pd.DataFrame) -> object:
    return risk_charts.limited_line(
        frame,
        "reporting_date",
        {"leverage_ratio": "leverage ratio"},
        {"minimum_ratio": "minimum"},
        is_share=True,
    )


def _say_ratio(frame: pd.DataFrame, column: str, digits: int = 1) -> str:
    """The last value of a ratio, its lowest, and how often it was short."""
    known = words.known(frame, column, "minimum_ratio")
    if known.empty:
        return "No ratio is known."
    last = known.iloc[-1]
    short = sum(
        value < least for value, least in zip(known[column], known["minimum_ratio"], strict=True)
    )
    sentence = f"It is {words.share(last[column], digits)} on {words.day(last['reporting_date'])}"
    if len(known) == 1:
        return f"{sentence}; the minimum is {'not ' if short else ''}kept."
    lowest = extremes.smallest(known, column, extremes.day_of("reporting_date"))
    sentence += f" and was lowest on {lowest.name}, {words.share(lowest[column], digits)}"
    if not short:
        return f"{sentence}; the minimum was always kept."
    return f"{sentence}; it was short on {short} of {words.plural(len(known), 'month-end')}."


def _say_coverage(frame: pd.DataFrame, currency: str) -> str:
    return _say_ratio(frame, "coverage_ratio")


def _say_funding_ratio(frame: pd.DataFrame, currency: str) -> str:
    return _say_ratio(frame, "stable_funding_ratio")


def _say_leverage(frame: pd.DataFrame, currency: str) -> str:
    return _say_ratio(frame, "leverage_ratio", 2)


def _draw_assets(frame: pd.DataFrame) -> object:
    figure = figures.pie(frame, "account_name", "amount")
    # Names of accounts are too long for the labels of a ring on a phone.
    figure.update_traces(textinfo="percent", textposition="inside", automargin=False)
    figure.update_layout(showlegend=True)
    return figure


def _say_assets(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "amount", extremes.text_of("account_name"))
    return (
        f"Of {words.amount(words.total(frame['amount']), currency)} in cash and securities, the"
        f" largest part, {words.share(first['amount_share'])}, is {first.name}."
    )


def _draw_flows(frame: pd.DataFrame) -> object:
    return risk_charts.steps(
        frame.assign(step=words.labels(frame["step"])), "step", "amount", "measure"
    )


def _say_flows(frame: pd.DataFrame, currency: str) -> str:
    moves = words.known(frame[frame["measure"] == "relative"], "amount")
    total = words.known(frame[frame["measure"] == "total"], "amount")["amount"]
    if total.empty:
        return "The net outflow of 30 days is not known."
    sentence = f"The net outflow of 30 days is {words.amount(total.iloc[0], currency)}"
    is_outflow = [
        amount > 0 and step != queries.ABOVE_CAP
        for amount, step in zip(moves["amount"], moves["step"], strict=True)
    ]
    outflows = moves[is_outflow]
    if outflows.empty:
        return f"{sentence}; there is no outflow."
    first = extremes.largest(outflows, "amount", extremes.label_of("step"))
    # What is above the cap is added back to the inflows that are shown in full.
    inflows = words.total(outflows["amount"]) - words.total(moves["amount"])
    come_off = f"inflows of {words.amount(inflows, currency)}" if inflows else "no inflows"
    return (
        f"{sentence}; {first.name} is its largest part ({words.amount(first['amount'], currency)}), and"
        f" {come_off} come off."
    )


def _draw_lines(frame: pd.DataFrame) -> object:
    return figures.bar(
        frame.assign(kind=words.labels(frame["kind"])),
        "kind",
        {"amount": "amount", "weighted_amount": "weighted"},
        is_horizontal=True,
    )


def _say_funding(frame: pd.DataFrame, currency: str) -> str:
    return _say_lines(frame, currency, "available stable funding")


def _say_required(frame: pd.DataFrame, currency: str) -> str:
    return _say_lines(frame, currency, "required stable funding")


def _say_lines(frame: pd.DataFrame, currency: str, name: str) -> str:
    known = words.known(frame, "weighted_amount")
    whole = words.total(known["weighted_amount"])
    if not whole:
        return f"There is no {name}."
    first = extremes.largest(known, "weighted_amount", extremes.label_of("kind"))
    return (
        f"Of {words.amount(whole, currency)} of {name}, the largest part,"
        f" {words.share(words.part(first['weighted_amount'], whole))}, is {first.name}."
    )


def _draw_measure(frame: pd.DataFrame) -> object:
    return risk_charts.steps(frame, "step", "amount", "measure")


def _say_measure(frame: pd.DataFrame, currency: str) -> str:
    measure = words.known(frame[frame["measure"] == "total"], "amount")["amount"]
    if measure.empty:
        return "The exposure measure is not known."
    capital, ratio = frame["tier1_capital"].iloc[0], frame["leverage_ratio"].iloc[0]
    sentence = f"The exposure measure is {words.amount(measure.iloc[0], currency)}"
    if words.is_missing(capital) or words.is_missing(ratio):
        return f"{sentence}; Tier 1 is not known."
    return (
        f"{sentence}; Tier 1 of {words.amount(capital, currency)} is {words.share(ratio, 2)} of it."
    )


PAGE = Page(
    name="liquidity",
    title="Liquidity and leverage",
    question="Can the bank pay for thirty days, is it funded for a year, and how far is it geared?",
    section="Risk and capital",
    charts=(
        Chart(
            name="Ratios and minimums",
            title="Liquidity coverage, net stable funding and leverage, and their minimums",
            kind="indicator",
            unit="ratio",
            source="gold.liquidity_coverage",
            as_of="reporting_date",
            query=queries.RATIOS,
            draw=_draw_ratios,
            describe=_say_ratios,
            also=("gold.net_stable_funding", "gold.leverage"),
        ),
        Chart(
            name="Liquidity coverage ratio",
            title="Liquid assets over the net outflow of 30 days (LCR)",
            kind="line",
            unit="ratio",
            source="gold.liquidity_coverage",
            as_of="reporting_date",
            query=queries.COVERAGE,
            draw=_draw_coverage,
            describe=_say_coverage,
        ),
        Chart(
            name="Net stable funding ratio",
            title="Available over required stable funding (NSFR)",
            kind="line",
            unit="ratio",
            source="gold.net_stable_funding",
            as_of="reporting_date",
            query=queries.FUNDING_RATIO,
            draw=_draw_funding_ratio,
            describe=_say_funding_ratio,
        ),
        Chart(
            name="Liquid assets",
            title="Cash and securities by account of the ledger, before haircuts",
            kind="pie",
            unit="{currency}",
            source="gold.liquidity_coverage",
            as_of="reporting_date",
            query=queries.ASSETS,
            draw=_draw_assets,
            describe=_say_assets,
            also=("gold.fact_ledger",),
        ),
        Chart(
            name="Outflows and inflows",
            title="From outflows and inflows of 30 days to the net outflow",
            kind="waterfall",
            unit="{currency}",
            source="gold.liquidity_coverage",
            as_of="reporting_date",
            query=queries.FLOWS,
            draw=_draw_flows,
            describe=_say_flows,
            also=("gold.liquidity_lines",),
        ),
        Chart(
            name="Stable funding",
            title="Funding by kind: amount, and what counts as stable",
            kind="bar",
            unit="{currency}",
            source="gold.liquidity_lines",
            as_of="reporting_date",
            query=queries.lines("NSFR", "available_funding"),
            draw=_draw_lines,
            describe=_say_funding,
        ),
        Chart(
            name="Funding needed",
            title="Assets by kind: amount, and the stable funding that they need",
            kind="bar",
            unit="{currency}",
            source="gold.liquidity_lines",
            as_of="reporting_date",
            query=queries.lines("NSFR", "required_funding"),
            draw=_draw_lines,
            describe=_say_required,
        ),
        Chart(
            name="Leverage ratio",
            title="Tier 1 over the exposure measure, and its minimum",
            kind="line",
            unit="ratio",
            source="gold.leverage",
            as_of="reporting_date",
            query=queries.LEVERAGE,
            draw=_draw_leverage,
            describe=_say_leverage,
        ),
        Chart(
            name="Exposure measure",
            title="From assets to the exposure measure of the leverage ratio",
            kind="waterfall",
            unit="{currency}",
            source="gold.leverage",
            as_of="reporting_date",
            query=queries.MEASURE,
            draw=_draw_measure,
            describe=_say_measure,
        ),
    ),
    tables=(Table("Lines of the liquidity ratios", "gold.liquidity_lines", queries.ALL_LINES),),
)
