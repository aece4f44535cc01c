"""Products: what each earns after interest paid and expected losses, and how it sells.

Costs of staff and premises are booked for the bank as a whole, so that no margin here has them.
"""

from datetime import date, timedelta
from functools import partial

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import products_queries as queries
from finplatform.reporting.page import Chart, Page, Table

_TYPE = extremes.label_of("product_type")
_LOSS_TABLES = ("gold.fact_risk_metrics", "gold.capital_adequacy")


def _say_profitability(frame: pd.DataFrame, currency: str) -> str:
    best = extremes.largest(frame, "margin_amount", _TYPE)
    worst = extremes.smallest(frame, "margin_amount", _TYPE)
    most = words.amount(best["margin_amount"], currency)
    if best.is_only:
        return f"{words.capitalized(best.bare)} is the only type of product; it leaves {most}."
    every = words.amount(words.total(frame["margin_amount"]), currency)
    if best.is_flat:
        return f"Each of {len(frame)} types leaves {most}; together they leave {every}."
    return (
        f"{best.heading} leaves the most ({most}) and {worst.name} the least"
        f" ({words.amount(worst['margin_amount'], currency)}); together the types leave {every}."
    )


def _say_bridge(frame: pd.DataFrame, currency: str) -> str:
    steps = {str(row["step"]): row["amount"] for row in frame.to_dict("records")}
    income = steps["interest earned"] + steps["fees"]
    margin = steps["margin"]
    share = words.part(margin, income)
    part = f" ({words.share(share)} of it)" if share and income > 0 and margin > 0 else ""
    left = (
        f"{words.amount(margin, currency)} is left{part}"
        if margin >= 0
        else f"{words.amount(-margin, currency)} is missing"
    )
    return (
        f"Of {words.amount(income, currency)} earned in interest and fees,"
        f" {words.amount(0 - steps['interest paid'], currency)} is paid in interest, expected losses"
        f" take {words.amount(0 - steps['expected loss'], currency)}, and {left}."
    )


def _say_margins(frame: pd.DataFrame, currency: str) -> str:
    name = extremes.text_of("product_name")
    best = extremes.largest(frame, "margin_rate", name)
    worst = extremes.smallest(frame, "margin_rate", name)
    leaves = f"leaves {words.share(best['margin_rate'])} a year of what is held and owed"
    if best.is_flat:
        return f"{best.name} {leaves}."
    return (
        f"{best.name} {leaves}, the most; the lowest of those shown is {worst.name} with"
        f" {words.share(worst['margin_rate'])}."
    )


def _say_revenue(frame: pd.DataFrame, currency: str) -> str:
    last_month = max(frame["month_end"])
    last = frame[frame["month_end"] == last_month]
    before = frame[frame["month_end"] == last_month.replace(day=1) - timedelta(days=1)]
    together = words.total(last["revenue_amount"])
    moved = (
        words.compared(
            together, words.total(before["revenue_amount"]), currency, "on the month before"
        )
        if len(before)
        else ""
    )
    first = extremes.largest(last, "revenue_amount", _TYPE)
    if first["revenue_amount"] > 0:
        most = f"{first.name} earned the most ({words.amount(first['revenue_amount'], currency)})"
    else:
        most = "no type of product earned anything"
    return (
        f"In {words.month(last_month)} {most}; all types together earned"
        f" {words.amount(together, currency)}{moved}."
    )


def _say_contracts(frame: pd.DataFrame, currency: str) -> str:
    start, end = min(frame["month_end"]), max(frame["month_end"])
    last = frame[frame["month_end"] == end]
    every = words.total(last["contract_count"])
    sentence = f"{words.plural(every, 'contract')} {words.agree(every, 'is')} open"
    if start == end:
        return f"{sentence}."
    moves = pd.DataFrame(
        [
            (name, _contracts(rows, end) - _contracts(rows, start))
            for name, rows in frame.groupby("product_type", sort=False)
        ],
        columns=["product_type", "change"],
    )
    up, down = (
        extremes.largest(moves, "change", _TYPE),
        extremes.smallest(moves, "change", _TYPE),
    )
    parts = []
    if up["change"] > 0:
        parts.append(f"{up.name} grew the most ({up['change']:+,})")
    if down["change"] < 0:
        parts.append(f"{down.name} shrank the most ({down['change']:+,})")
    moved = " and ".join(parts) or "no type grew or shrank"
    return f"{sentence}; over the months shown {moved}."


def _contracts(rows: pd.DataFrame, month_end: date) -> int:
    """Contracts of a month; none where the type has no row."""
    return int(words.total(rows[rows["month_end"] == month_end]["contract_count"]))


def _say_sales(frame: pd.DataFrame, currency: str) -> str:
    sold = extremes.largest(frame, "opened_count", _TYPE)
    ended = extremes.largest(frame, "closed_count", _TYPE)
    opened, closed = (words.total(frame[column]) for column in ("opened_count", "closed_count"))
    parts = [
        f"{sold.heading} sold best with {words.plural(sold['opened_count'], 'new contract')}"
        if opened
        else "No contract was opened"
    ]
    if closed:
        parts.append(
            f"{ended.name} ended most often ({words.plural(ended['closed_count'], 'contract')})"
        )
    else:
        parts.append("none was closed")
    net = int(opened) - int(closed)
    if opened and closed:
        more = f"{words.count(abs(net))} {'more' if net > 0 else 'fewer'}" if net else "as many"
        parts.append(
            f"{more} {'were' if abs(net) != 1 else 'was'} opened {'than' if net else 'as'} closed"
        )
    return f"{'; '.join(parts)}."


def _say_arrears(frame: pd.DataFrame, currency: str) -> str:
    owed, past_due = words.total(frame["owed_amount"]), words.total(frame["past_due_amount"])
    whole = f"{words.amount(owed, currency)} owed"
    if past_due:
        late = extremes.largest(frame, "past_due_share", _TYPE)
        sentence = (
            f"{words.share(words.part(past_due, owed))} of {whole} is past due, the largest share on"
            f" {late.name} ({words.share(late['past_due_share'])})"
        )
    else:
        sentence = f"Nothing of {whole} is past due"
    lost = extremes.largest(frame, "defaulted_share", _TYPE)
    if not lost["defaulted_share"]:
        return f"{sentence}; nothing is in default."
    return (
        f"{sentence}; {lost.name} has the largest share in default"
        f" ({words.share(lost['defaulted_share'])})."
    )


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
