"""Products: what each earns after interest paid and expected losses, and how it sells.

Costs of staff and premises are booked for the bank as a whole, so that no margin here has them.
"""

from functools import partial

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import products_queries as queries
from finplatform.reporting.page import Chart, Page, Table

_LOSS_TABLES = ("gold.fact_risk_metrics", "gold.capital_adequacy")


def _say_profitability(frame: pd.DataFrame, currency: str) -> str:
    best, worst = words.largest(frame, "margin_amount"), words.smallest(frame, "margin_amount")
    every = words.total(frame["margin_amount"])
    return (
        f"{_name(best)} leaves the most, {words.amount(best['margin_amount'], currency)} of"
        f" {words.amount(every, currency)} over all types; {words.label(worst['product_type'])}"
        f" leaves the least ({words.amount(worst['margin_amount'], currency)})."
    )


def _say_bridge(frame: pd.DataFrame, currency: str) -> str:
    steps = {str(row["step"]): row["amount"] for row in frame.to_dict("records")}
    income = float(steps["interest earned"]) + float(steps["fees"])
    margin, loss = float(steps["margin"]), 0 - float(steps["expected loss"])
    part = f" ({words.share(margin / income)} of it)" if income > 0 else ""
    return (
        f"Of {words.amount(income, currency)} earned in interest and fees, expected losses take"
        f" {words.amount(loss, currency)} and {words.amount(margin, currency)} is left{part}."
    )


def _say_margins(frame: pd.DataFrame, currency: str) -> str:
    best, worst = words.largest(frame, "margin_rate"), words.smallest(frame, "margin_rate")
    return (
        f"{best['product_name']} leaves {words.share(best['margin_rate'])} a year of what is held"
        f" and owed; the lowest of those shown is {worst['product_name']} with"
        f" {words.share(worst['margin_rate'])}."
    )


def _say_revenue(frame: pd.DataFrame, currency: str) -> str:
    last = frame[frame["month_end"] == frame["month_end"].max()]
    first = words.largest(last, "revenue_amount")
    older = frame[frame["month_end"] < frame["month_end"].max()]
    before = older[older["month_end"] == older["month_end"].max()] if len(older) else older
    return (
        f"In {words.month(first['month_end'])} {words.label(first['product_type'])} earned the"
        f" most ({words.amount(first['revenue_amount'], currency)}); all types together earned"
        f" {words.amount(words.total(last['revenue_amount']), currency)},"
        f" {_moved(last['revenue_amount'], before['revenue_amount'])} on the month before."
    )


def _say_contracts(frame: pd.DataFrame, currency: str) -> str:
    moves = {}
    for name, rows in frame.groupby("product_type", sort=False):
        moves[str(name)] = int(rows["contract_count"].iloc[-1]) - int(
            rows["contract_count"].iloc[0]
        )
    up, down = max(moves, key=lambda n: moves[n]), min(moves, key=lambda n: moves[n])
    last = frame[frame["month_end"] == frame["month_end"].max()]
    return (
        f"{words.plural(words.total(last['contract_count']), 'contract')} are open; over the months"
        f" shown {words.label(up)} changed by {moves[up]:+,} and {words.label(down)} by"
        f" {moves[down]:+,}."
    )


def _say_sales(frame: pd.DataFrame, currency: str) -> str:
    sold, ended = words.largest(frame, "opened_count"), words.largest(frame, "closed_count")
    net = int(words.total(frame["opened_count"])) - int(words.total(frame["closed_count"]))
    return (
        f"{_name(sold)} sold best with {words.plural(sold['opened_count'], 'new contract')};"
        f" most endings were of {words.label(ended['product_type'])}"
        f" ({words.count(ended['closed_count'])}); opened less closed makes {net:+,}."
    )


def _say_arrears(frame: pd.DataFrame, currency: str) -> str:
    late, lost = words.largest(frame, "past_due_share"), words.largest(frame, "defaulted_share")
    owed, past_due = words.total(frame["owed_amount"]), words.total(frame["past_due_amount"])
    return (
        f"{words.share(float(past_due) / float(owed))} of {words.amount(owed, currency)} owed is"
        f" past due, most of all on {words.label(late['product_type'])}"
        f" ({words.share(late['past_due_share'])}); the largest share in default has"
        f" {words.label(lost['product_type'])} ({words.share(lost['defaulted_share'])})."
    )


def _name(row: pd.Series) -> str:
    return words.label(row["product_type"]).capitalize()


def _moved(new: pd.Series, old: pd.Series) -> str:
    return words.change(words.total(new), words.total(old))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(product_type=words.labels(frame["product_type"]))


_chart = partial(Chart, source="gold.product_months", as_of="month_end")

PAGE = Page(
    name="products",
    title="Products",
    question="Which products earn money, after what they cost and may lose?",
    section="Customers and products",
    charts=(
        _chart(
            name="Product profitability",
            title="Revenue of twelve months, expected loss of a year, and what is left, by type",
            kind="bar",
            unit="{currency}",
            query=queries.PROFITABILITY,
            draw=lambda frame: figures.bar(
                _typed(frame),
                "product_type",
                {
                    "revenue_amount": "revenue",
                    "expected_loss": "expected loss",
                    "margin_amount": "margin",
                },
            ),
            describe=_say_profitability,
            also=_LOSS_TABLES,
        ),
        _chart(
            name="From income to margin",
            title="From interest and fees to the margin after expected losses, twelve months",
            kind="waterfall",
            unit="{currency}",
            query=queries.BRIDGE,
            draw=lambda frame: figures.waterfall(frame, "step", "amount", "measure"),
            describe=_say_bridge,
            also=_LOSS_TABLES,
        ),
        _chart(
            name="Margin by product",
            title="The fifteen highest margins, as a share of what is held and owed",
            kind="bar",
            unit="per cent a year",
            query=queries.MARGINS,
            draw=lambda frame: figures.bar(
                frame, "product_name", {"margin_rate": "margin"}, is_share=True, is_horizontal=True
            ),
            describe=_say_margins,
            also=_LOSS_TABLES,
        ),
        _chart(
            name="Revenue over time",
            title="Interest and fees less interest paid, by type of product and month",
            kind="line",
            unit="{currency}",
            query=queries.REVENUE,
            draw=lambda frame: figures.grouped_line(
                _typed(frame), "month_end", "revenue_amount", "product_type"
            ),
            describe=_say_revenue,
        ),
        _chart(
            name="Contracts over time",
            title="Open contracts by type of product and month",
            kind="line",
            unit="contracts",
            query=queries.CONTRACTS,
            draw=lambda frame: figures.grouped_line(
                _typed(frame), "month_end", "contract_count", "product_type"
            ),
            describe=_say_contracts,
        ),
        _chart(
            name="Opened and closed",
            title="Contracts opened and closed by type of product, twelve months",
            kind="bar",
            unit="contracts",
            query=queries.SALES,
            draw=lambda frame: figures.bar(
                _typed(frame),
                "product_type",
                {"opened_count": "opened", "closed_count": "closed"},
            ),
            describe=_say_sales,
        ),
        _chart(
            name="Past due and in default",
            title="Share of what is owed that is past due or in default, by type of product",
            kind="bar",
            unit="per cent of what is owed",
            query=queries.ARREARS,
            draw=lambda frame: figures.bar(
                _typed(frame),
                "product_type",
                {"past_due_share": "past due", "defaulted_share": "in default"},
                is_share=True,
            ),
            describe=_say_arrears,
        ),
    ),
    tables=(
        Table(
            title="Products of the last month",
            source="gold.product_months",
            query=queries.CATALOGUE,
            also=("gold.dim_product",),
        ),
    ),
)
