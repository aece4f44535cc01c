"""Credit portfolio: what is lent to whom, how safe it is, where it gathers, and what is overdue.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, risk_charts, words
from finplatform.reporting.catalog import credit_portfolio_queries as queries
from finplatform.reporting.catalog.credit_quality import QUALITY_CHARTS
from finplatform.reporting.page import Chart, Page, Table

_TOP_DEBTORS = 20
"""Debtors whose share is the concentration of debtors."""


def _draw_classes(frame: pd.DataFrame) -> object:
    return figures.treemap(
        frame.assign(
            exposure_class=words.labels(frame["exposure_class"]),
            product_type=words.labels(frame["product_type"]),
        ),
        ["exposure_class", "product_type"],
        "drawn_amount",
    )


def _say_classes(frame: pd.DataFrame, currency: str) -> str:
    whole = words.total(frame["drawn_amount"])
    if not whole:
        return "Nothing is drawn."
    first = extremes.of_sums(
        {
            str(name): words.total(rows["drawn_amount"])
            for name, rows in frame.groupby("exposure_class", sort=False)
        }
    )
    return (
        f"{words.amount(whole, currency)} is drawn on"
        f" {words.plural(words.total(frame['exposures']), 'exposure')}; {first.name} has"
        f" {words.share(words.part(first['value'], whole))} of it."
    )


def _draw_grades(frame: pd.DataFrame) -> object:
    return figures.bar(frame, "grade", {"drawn_amount": "drawn"})


def _say_grades(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "drawn_amount")
    whole = words.total(known["drawn_amount"])
    if not whole:
        return "Nothing is drawn in any grade."
    first = extremes.largest(known, "drawn_amount", _grade)
    defaulted = words.total(known[known["grade"] == "D"]["drawn_amount"])
    part = words.share(words.part(defaulted, whole)) if defaulted else "nothing"
    return (
        f"The largest part of what is drawn, {words.amount(first['drawn_amount'], currency)} or"
        f" {words.share(words.part(first['drawn_amount'], whole))}, has {first.name}; {part} is in"
        " default."
    )


def _draw_regions(frame: pd.DataFrame) -> object:
    return figures.bar(frame, "place", {"drawn_amount": "drawn"}, is_horizontal=True)


def _grade(row: Any) -> str:
    return "no grade" if row["grade"] == "none" else f"grade {row['grade']}"


def _say_regions(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "drawn_amount", extremes.text_of("place"))
    if not first["drawn_amount"]:
        return "Nothing is drawn in any place."
    return (
        f"{first.heading} is the largest place with"
        f" {words.amount(first['drawn_amount'], currency)},"
        f" {words.share(first['drawn_share'])} of what is drawn."
    )


def _draw_pds(frame: pd.DataFrame) -> object:
    figure = figures.histogram(
        frame, "log_pd_from", "exposures", width=queries.PD_WIDTH, title="PD of the next 12 months"
    )
    ends = range(-4, 1)
    figure.update_xaxes(
        tickvals=list(ends), ticktext=[f"{10.0**end:.{max(0, -end - 2)}%}" for end in ends]
    )
    return figure


def _say_pds(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "exposures", "mean_pd")
    count = words.total(known["exposures"])
    if not count:
        return "No exposure that performs has a PD."
    mean = sum(float(row["exposures"]) * float(row["mean_pd"]) for row in known.to_dict("records"))
    risky = words.total(known[known["log_pd_from"] >= -1]["exposures"])
    part = words.share(words.part(risky, count)) if risky else "none"
    verb = "have" if risky else "has"
    return (
        f"The mean PD of {words.plural(count, 'exposure')} that"
        f" {words.agree(count, 'performs')} is {words.share(mean / float(count), 2)}; {part} of"
        f" them {verb} a PD of 10% or more."
    )


def _draw_profiles(frame: pd.DataFrame) -> object:
    return risk_charts.shaded(
        frame.assign(
            risk_profile=words.labels(frame["risk_profile"]),
            product_category=words.labels(frame["product_category"]),
        ),
        "product_category",
        "risk_profile",
        "avg_default_probability",
        digits=1,
    )


def _say_profiles(frame: pd.DataFrame, currency: str) -> str:
    if words.known(frame, "avg_default_probability").empty:
        return "No average PD is known."
    first = extremes.largest(
        frame,
        "avg_default_probability",
        lambda row: (
            f"{words.label(row['product_category'])} to borrowers of"
            f" {words.label(row['risk_profile'])} risk"
        ),
    )
    if not first["avg_default_probability"]:
        return "No borrower has a PD above 0."
    return (
        f"{first.heading} has the highest average PD,"
        f" {words.share(first['avg_default_probability'])} on"
        f" {words.amount(first['total_exposure'], currency)}."
    )


def _draw_concentration(frame: pd.DataFrame) -> object:
    return figures.bar(
        frame.assign(dimension=words.labels(frame["dimension"])),
        "dimension",
        {
            "herfindahl_index": "Herfindahl index",
            "top_share": "share of the largest (of debtors: of twenty)",
        },
        is_share=True,
    )


def _say_concentration(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "herfindahl_index")
    if known.empty:
        return "No concentration of the book is known."
    first = extremes.largest(frame, "herfindahl_index", extremes.label_of("dimension"))
    if not first["herfindahl_index"]:
        return "The book is not concentrated."
    sentence = (
        f"The book is most concentrated by {first.name}: of"
        f" {words.plural(first['members'], 'member')}, worth"
        f" {words.number(first['effective_number'], 1)} of equal size,"
    )
    part = words.share(first["top_share"])
    if first["dimension"] != "debtor":
        return f"{sentence} the largest has {part}."
    if first["members"] > _TOP_DEBTORS:
        return f"{sentence} the largest twenty have {part}."
    return f"{sentence} none is left out of the largest twenty."


def _draw_large(frame: pd.DataFrame) -> object:
    figure = figures.bar(
        frame.assign(rank=[f"{int(rank)}." for rank in frame["rank"]]),
        "rank",
        {"tier1_share": "exposure over Tier 1"},
        is_share=True,
    )
    figure.update_xaxes(title="rank of the group")
    limits = words.known(frame, "limit_share")["limit_share"]
    return risk_charts.mark(figure, limits.iloc[0] if len(limits) else None, "limit")


def _say_large(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "exposure_amount", extremes.text_of("group_id"))
    broken = frame["breaches"].iloc[0]
    sentence = f"The largest group owes {words.amount(first['exposure_amount'], currency)}"
    if words.is_missing(first["tier1_share"]) or words.is_missing(first["limit_share"]):
        return f"{sentence}; it cannot be compared with a limit."
    sentence += (
        f", {words.share(first['tier1_share'])} of Tier 1 against a limit of"
        f" {words.share(first['limit_share'])}"
    )
    if not broken:
        return f"{sentence}; no group is above it."
    return f"{sentence}; {words.plural(broken, 'group')} {words.agree(broken, 'is')} above it."


PAGE = Page(
    name="credit_portfolio",
    title="Credit portfolio",
    question="What is lent to whom, how safe is it, and what is overdue?",
    section="Risk and capital",
    charts=(
        Chart(
            name="Exposures by class",
            title="Amount drawn by exposure class and product",
            kind="treemap",
            unit="{currency}",
            source="gold.credit_exposures",
            as_of="reporting_date",
            query=queries.CLASSES,
            draw=_draw_classes,
            describe=_say_classes,
        ),
        Chart(
            name="Exposures by grade",
            title="Amount drawn by rating grade; D is in default",
            kind="bar",
            unit="{currency}",
            source="gold.credit_exposures",
            as_of="reporting_date",
            query=queries.GRADES,
            draw=_draw_grades,
            describe=_say_grades,
            also=("gold.pd_grades",),
        ),
        Chart(
            name="Exposures by place",
            title="Amount drawn by the borrower's state or country, the largest fifteen",
            kind="bar",
            unit="{currency}",
            source="gold.credit_exposures",
            as_of="reporting_date",
            query=queries.REGIONS,
            draw=_draw_regions,
            describe=_say_regions,
            also=("gold.dim_customer",),
        ),
        Chart(
            name="PD distribution",
            title="Exposures that perform, by their probability of default",
            kind="histogram",
            unit="exposures",
            source="gold.credit_exposures",
            as_of="reporting_date",
            query=queries.PDS,
            draw=_draw_pds,
            describe=_say_pds,
            also=("gold.pd_grades",),
        ),
        Chart(
            name="Risk profiles",
            title="Average PD by the borrower's risk profile and product category",
            kind="heatmap",
            unit="probability of default",
            source="gold.credit_risk_portfolio",
            as_of="reporting_date",
            query=queries.PROFILES,
            draw=_draw_profiles,
            describe=_say_profiles,
        ),
        Chart(
            name="Concentration",
            title="Concentration of the book by debtor, class, product and country",
            kind="bar",
            unit="index and share",
            source="gold.concentration",
            as_of="reporting_date",
            query=queries.CONCENTRATION,
            draw=_draw_concentration,
            describe=_say_concentration,
        ),
        Chart(
            name="Large exposures",
            title="The fifteen largest groups of connected clients, and the limit",
            kind="bar",
            unit="share of Tier 1",
            source="gold.large_exposures",
            as_of="reporting_date",
            query=queries.LARGE,
            draw=_draw_large,
            describe=_say_large,
        ),
        *QUALITY_CHARTS,
    ),
    tables=(Table("Large exposures", "gold.large_exposures", queries.LARGE_TABLE),),
)
