"""Development operations by country and month: volumes, success, sectors, flows, the economy.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import math
from functools import partial

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import country_months_queries as queries
from finplatform.reporting.page import Chart, Page, Table

_USD = "USD"
_TYPES = {
    "loan_amount_usd": "loans",
    "disbursement_amount_usd": "disbursements",
    "repayment_amount_usd": "repayments",
    "grant_amount_usd": "grants",
    "guarantee_amount_usd": "guarantees",
}


_COUNTRY = extremes.text_of("country_name")


def _say_volumes(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "amount_usd", _COUNTRY)
    if not first["amount_usd"]:
        return "No operation of the year was carried out in any country."
    last = extremes.smallest(frame, "amount_usd", _COUNTRY)
    sentence = (
        f"{first.name} leads with {words.amount(first['amount_usd'], _USD)}"
        f" ({words.share(first['amount_share'])} of all) from"
        f" {words.plural(first['operation_count'], 'operation')}"
    )
    if first.is_flat:
        return f"{sentence}."
    return (
        f"{sentence}; the least of those shown went to {last.name}"
        f" ({words.amount(last['amount_usd'], _USD)})."
    )


def _say_success(frame: pd.DataFrame, currency: str) -> str:
    done, failed = (words.total(frame[column]) for column in ("successful_count", "failed_count"))
    ended = done + failed
    if not ended:
        return "No operation of these months has ended yet."
    if not failed:
        return f"{words.capitalized(words.tally(0, ended, 'ended operation', 'has'))} failed."
    sentence = (
        f"{words.share(words.part(done, ended), 2)} of {words.plural(ended, 'ended operation')}"
        f" {words.agree(ended, 'was')} carried out"
    )
    worst = extremes.smallest(frame, "success_rate", extremes.month_of("month_end_date"))
    if worst.is_only:
        return f"{sentence}."
    return (
        f"{sentence}; the lowest share was {words.share(worst['success_rate'], 2)} in {worst.name}."
    )


def _say_country_success(frame: pd.DataFrame, currency: str) -> str:
    worst = extremes.largest(frame, "failed_rate", _COUNTRY)
    if not worst["failed_count"]:
        return f"No operation that ended failed in {words.plural(worst['country_count'], 'country', 'countries')}."
    sentence = f"Operations fail most often in {worst.name}, {_failed(worst)}"
    if worst.is_flat:
        return f"{sentence}."
    best = extremes.smallest(frame, "failed_rate", _COUNTRY)
    shown = "" if len(frame) == worst["country_count"] else ", of those shown,"
    return f"{sentence}, and least{shown} in {best.name}, {_failed(best)}."


def _failed(country: extremes.Extreme) -> str:
    return f"{words.share(country['failed_rate'], 2)} of {words.count(country['ended_count'])}"


def _say_sectors(frame: pd.DataFrame, currency: str) -> str:
    every = words.total(frame["amount_usd"])
    if not every:
        return "No operation of the year was carried out in any sector."
    first = extremes.of_sums(
        {
            str(sector): words.total(rows["amount_usd"])
            for sector, rows in frame.groupby("sector", sort=False)
        },
        str,
    )
    cell = extremes.largest(
        frame, "amount_usd", lambda row: f"{row['sector']} in {row['country_name']}"
    )
    return (
        f"{first.heading} is the largest sector with"
        f" {words.share(words.part(first['value'], every))} of {words.amount(every, _USD)}; the"
        f" largest cell is {cell.name} ({words.amount(cell['amount_usd'], _USD)})."
    )


def _say_types(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.of_sums(
        {label: words.total(frame[column]) for column, label in _TYPES.items()}, str
    )
    months = words.plural(len(frame), "month")
    if not first["value"]:
        return f"No operation was carried out over {months}."
    every = sum(words.total(frame[column]) for column in _TYPES)
    return (
        f"Over {months}, {first.name} were the most by amount:"
        f" {words.amount(first['value'], _USD)} ({words.share(words.part(first['value'], every))} of"
        " all)."
    )


def _say_net_flow(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "net_flow_usd")
    if known.empty:
        return "The net flow of these months is not known."
    last, outward = known.iloc[-1], sum(flow > 0 for flow in known["net_flow_usd"])
    sentence = (
        f"In {words.month(last['month_end_date'])} the net flow to the countries was"
        f" {words.amount(last['net_flow_usd'], _USD)}"
    )
    if len(known) == 1:
        return f"{sentence}."
    return (
        f"{sentence}; it was above zero in {words.count(outward)} of"
        f" {words.plural(len(known), 'month')} and adds up to"
        f" {words.amount(words.total(known['net_flow_usd']), _USD)}."
    )


def _say_loans(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "repaid_share")
    every = words.amount(frame["repaid_in_all"].iloc[0], _USD)
    if known.empty:
        return f"Nothing was disbursed in the year; {every} came back."
    first = extremes.largest(known, "repaid_share", _COUNTRY)
    last = extremes.smallest(known, "repaid_share", _COUNTRY)
    most = f"{first.name} ({words.share(first['repaid_share'])})"
    if first.is_flat:
        return f"{every} came back; of what was disbursed, the most returned from {most}."
    return (
        f"{every} came back; of what was disbursed to those shown, the most returned from {most},"
        f" the least from {last.name} ({words.share(last['repaid_share'])})."
    )


def _say_per_capita(frame: pd.DataFrame, column: str, name: str) -> str:
    most = extremes.largest(frame, "amount_usd_per_capita", _COUNTRY)
    extreme = extremes.largest(frame, column, _COUNTRY)
    sentence = (
        f"{most.name} received the most a head ({_USD}"
        f" {words.number(most['amount_usd_per_capita'])}) at {name} of"
        f" {words.number(most[column], 1)}%"
    )
    if most.is_only:
        return f"{sentence}."
    return f"{sentence}; {name} is highest in {extreme.name} ({words.number(extreme[column], 1)}%)."


def _say_indicators(frame: pd.DataFrame, currency: str) -> str:
    sentence = []
    for column, name in (
        ("known_inflation_pct", "inflation"),
        ("known_unemployment_pct", "unemployment"),
        ("known_gdp_growth_pct", "growth"),
    ):
        known = words.known(frame, column)
        if not known.empty:
            top = extremes.largest(frame, column, _COUNTRY)
            sentence.append(f"{name} in {top.name}, {words.number(top[column], 1)}%")
    if not sentence:
        return "No indicator of these countries has been published for two years."
    countries = words.plural(len(frame), "country", "countries")
    return f"Of {countries} shown, the highest figures are {'; '.join(sentence)}."


def _say_completeness(frame: pd.DataFrame, currency: str) -> str:
    every, published = (words.total(frame[column]) for column in ("month_count", "published_count"))
    if published == every:
        return f"All {words.count(every)} figures of the year's country-months are published."
    if not published:
        return f"None of {words.count(every)} figures of the year's country-months is published."
    worst = extremes.smallest(frame, "published_share", extremes.text_of("indicator"))
    missing = words.part(worst["month_count"] - worst["published_count"], worst["month_count"])
    return (
        f"{words.share(words.part(published, every))} of {words.count(every)} figures are published;"
        f" {worst.name} is missing most often ({words.share(missing)} of its country-months)."
    )


def _draw_per_capita(
    frame: pd.DataFrame, column: str, name: str, *, is_log: bool = False
) -> object:
    figure = figures.scatter(
        frame.assign(income_group=words.labels(frame["income_group"])),
        column,
        "amount_usd_per_capita",
        titles=(f"{name}, per cent a year", "USD a head in twelve months"),
        group="income_group",
        text="country_name",
        is_log=is_log,
    )
    places = [math.log10(float(at)) if is_log else float(at) for at in frame[column]]
    margin = 0.2 * (max(places) - min(places)) or 1
    # Room for labels next to the outermost points.
    figure.update_xaxes(range=[min(places) - margin, max(places) + margin])
    return figure.update_traces(mode="markers+text", textposition="top center")


def _draw_inflation(frame: pd.DataFrame) -> object:
    """One country with high inflation does not press the others together, unless prices fall."""
    is_log = all(float(rate) > 0 for rate in frame["inflation_pct"])
    return _draw_per_capita(frame, "inflation_pct", "inflation", is_log=is_log)


_chart = partial(
    Chart,
    source="gold.fact_country_month",
    as_of="month_end_date",
    also=("gold.dim_country", "silver.stg_development_operations"),
)

PAGE = Page(
    name="country_months",
    title="Development operations by country",
    question="Where does the development bank's money go, does it arrive, and in what economy?",
    section="Countries",
    charts=(
        _chart(
            name="Transaction volumes",
            title="Operations carried out by country, twelve months",
            kind="bar",
            unit=_USD,
            query=queries.VOLUMES,
            draw=lambda frame: figures.bar(
                frame, "country_name", {"amount_usd": "carried out"}, is_horizontal=True
            ),
            describe=_say_volumes,
        ),
        _chart(
            name="Transaction success rate",
            title="Share of the operations carried out among those that ended, by month",
            kind="line",
            unit="per cent of the ended operations",
            query=queries.SUCCESS,
            draw=lambda frame: figures.line(
                frame,
                "month_end_date",
                {"success_rate": "carried out"},
                is_share=True,
                from_zero=False,
            ),
            describe=_say_success,
        ),
        _chart(
            name="Failures by country",
            title="Share of the ended operations that failed by country, twelve months",
            kind="bar",
            unit="per cent of the ended operations",
            query=queries.COUNTRY_SUCCESS,
            draw=lambda frame: figures.bar(
                frame, "country_name", {"failed_rate": "failed"}, is_share=True, is_horizontal=True
            ),
            describe=_say_country_success,
        ),
        _chart(
            name="Sector analysis",
            title="Operations carried out by sector and country, twelve months",
            kind="heatmap",
            unit=_USD,
            query=queries.SECTORS,
            draw=lambda frame: figures.heatmap(frame, "country_name", "sector", "amount_usd"),
            describe=_say_sectors,
        ),
        _chart(
            name="Operation types",
            title="Operations carried out by type and month, twelve months",
            kind="bar",
            unit=_USD,
            query=queries.TYPES,
            draw=lambda frame: figures.bar(frame, "month", _TYPES, is_stacked=True),
            describe=_say_types,
        ),
        _chart(
            name="Net flow",
            title="Disbursements and grants, repayments, and what is left of them by month",
            kind="line",
            unit=_USD,
            query=queries.NET_FLOW,
            draw=lambda frame: figures.line(
                frame,
                "month_end_date",
                {
                    "paid_out_usd": "disbursed and granted",
                    "repayment_amount_usd": "repaid",
                    "net_flow_usd": "net flow",
                },
            ),
            describe=_say_net_flow,
        ),
        _chart(
            name="Loan performance",
            title="Disbursed and repaid by country, twelve months",
            kind="bar",
            unit=_USD,
            query=queries.LOANS,
            draw=lambda frame: figures.bar(
                frame,
                "country_name",
                {"disbursement_amount_usd": "disbursed", "repayment_amount_usd": "repaid"},
            ),
            describe=_say_loans,
        ),
        _chart(
            name="Amounts per capita and growth",
            title="Operations a head against growth of the economy",
            kind="scatter",
            unit="USD a head, per cent a year",
            query=queries.GROWTH,
            draw=lambda frame: _draw_per_capita(frame, "gdp_growth_pct", "growth"),
            describe=lambda frame, _: _say_per_capita(frame, "gdp_growth_pct", "growth"),
        ),
        _chart(
            name="Amounts per capita and inflation",
            title="Operations a head against inflation",
            kind="scatter",
            unit="USD a head, per cent a year",
            query=queries.INFLATION,
            draw=_draw_inflation,
            describe=lambda frame, _: _say_per_capita(frame, "inflation_pct", "inflation"),
        ),
        _chart(
            name="Economic indicators",
            title="Inflation, unemployment and growth as last published, by country",
            kind="bar",
            unit="per cent",
            query=queries.INDICATORS,
            draw=lambda frame: figures.bar(
                frame,
                "country_name",
                {
                    "known_inflation_pct": "inflation",
                    "known_unemployment_pct": "unemployment",
                    "known_gdp_growth_pct": "growth of the economy",
                },
            ),
            describe=_say_indicators,
        ),
        _chart(
            name="Data completeness",
            title="Share of the year's country-months for which a figure is published",
            kind="bar",
            unit="per cent of the country-months",
            query=queries.COMPLETENESS,
            draw=lambda frame: figures.bar(
                frame, "indicator", {"published_share": "published"}, is_share=True
            ),
            describe=_say_completeness,
        ),
    ),
    tables=(
        Table(
            title="Countries, the last twelve months",
            source="gold.fact_country_month",
            query=queries.COUNTRIES,
            also=("gold.dim_country", "silver.stg_development_operations"),
        ),
    ),
)
