"""Payments that the bank acquires for merchants: trends, success, failures, risk and merchants.

The success rate is that of `bi.vw_payment_analytics`: payments that succeeded and were not given
back, of all that were begun.
"""

from functools import partial

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import payments_queries as queries
from finplatform.reporting.page import Chart, Page


def _say_trends(frame: pd.DataFrame, currency: str) -> str:
    peak, last = words.largest(frame, "successful_amount"), frame.iloc[-1]
    week_before = frame[frame["payment_date"] <= last["payment_date"] - pd.Timedelta(days=7)]
    moved = (
        f", {words.change(last['week_mean'], week_before.iloc[-1]['week_mean'])} on a week earlier"
        if len(week_before)
        else ""
    )
    return (
        f"{words.day(peak['payment_date'])} took in the most"
        f" ({words.amount(peak['successful_amount'], currency)} from"
        f" {words.plural(peak['payment_count'], 'payment')}); the mean of seven days ends at"
        f" {words.amount(last['week_mean'], currency)}{moved}."
    )


def _say_statuses(frame: pd.DataFrame, currency: str) -> str:
    every, failed, returned = (
        int(words.total(frame[column]))
        for column in ("payment_count", "failed_count", "refunded_count")
    )
    most = words.largest(frame, "failed_count")
    return (
        f"Of {words.plural(every, 'payment')}, {words.share(failed / every)} failed and"
        f" {words.share(returned / every)} were given back; the most failed in {most['month']}"
        f" ({words.count(most['failed_count'])})."
    )


def _say_success(frame: pd.DataFrame, currency: str) -> str:
    last = frame[frame["month_end"] == frame["month_end"].max()]
    best, worst = words.largest(last, "success_rate"), words.smallest(last, "success_rate")
    good, begun = (
        float(words.total(frame[column])) for column in ("successful_count", "payment_count")
    )
    return (
        f"{words.share(good / begun)} of all payments succeeded; in"
        f" {words.month(best['month_end'])} {words.label(best['payment_method'])} did best"
        f" ({words.share(best['success_rate'])}) and {words.label(worst['payment_method'])} worst"
        f" ({words.share(worst['success_rate'])})."
    )


def _say_methods(frame: pd.DataFrame, currency: str) -> str:
    sums = {
        str(method): float(words.total(rows["successful_amount"]))
        for method, rows in frame.groupby("payment_method", sort=False)
    }
    first, every = max(sums, key=lambda method: sums[method]), sum(sums.values())
    part = f" ({words.share(sums[first] / every)} of all)" if every else ""
    return (
        f"{words.label(first).capitalize()} brought in the most over"
        f" {words.plural(frame['month'].nunique(), 'month')}:"
        f" {words.amount(sums[first], currency)}{part}."
    )


def _say_failures(frame: pd.DataFrame, currency: str) -> str:
    first = words.largest(frame, "failed_count")
    return (
        f"{words.label(first['failure_reason']).capitalize()} is behind"
        f" {words.share(first['failed_share'])} of"
        f" {words.plural(words.total(frame['failed_count']), 'failed payment')}, worth"
        f" {words.amount(first['failed_amount'], currency)}."
    )


def _say_risk_scatter(frame: pd.DataFrame, currency: str) -> str:
    top = words.largest(frame, "risk_score")
    high = frame[[float(score) >= 70 for score in frame["risk_score"]]]
    every, risky = words.total(frame["amount"]), words.total(high["amount"])
    part = f" with {words.share(float(risky) / float(every))} of the amount" if every else ""
    return (
        f"{words.count(len(high))} of {words.plural(len(frame), 'payment')} score 70 or more{part};"
        f" the highest score, {words.number(top['risk_score'])}, is of a payment of"
        f" {words.amount(top['amount'], currency)}."
    )


def _say_risk_cells(frame: pd.DataFrame, currency: str) -> str:
    worst = words.largest(frame, "high_risk_share")
    if not worst["high_risk_count"]:
        return f"None of {words.plural(words.total(frame['payment_count']), 'payment')} scores 70."
    return (
        f"Payments by {words.label(worst['payment_method'])} of {worst['amount_band']} score 70 or"
        f" more most often: {words.share(worst['high_risk_share'])}"
        f" ({words.count(worst['high_risk_count'])} of {words.count(worst['payment_count'])})."
    )


def _say_merchants(frame: pd.DataFrame, currency: str) -> str:
    first, weakest = words.largest(frame, "revenue_amount"), words.smallest(frame, "success_rate")
    return (
        f"{first['merchant_name']} takes in the most, {words.amount(first['revenue_amount'], currency)}"
        f" ({words.share(first['revenue_share'])} of all); of those shown,"
        f" {weakest['merchant_name']} succeeds least often ({words.share(weakest['success_rate'])})."
    )


def _say_merchant_success(frame: pd.DataFrame, currency: str) -> str:
    worst, best = words.smallest(frame, "success_rate"), words.largest(frame, "success_rate")
    return (
        f"Among {words.plural(len(frame), 'merchant')} with 30 payments or more, success runs from"
        f" {words.share(worst['success_rate'])} ({worst['merchant_name']}) to"
        f" {words.share(best['success_rate'])} ({best['merchant_name']})."
    )


def _draw_success(frame: pd.DataFrame) -> object:
    named = frame.assign(payment_method=words.labels(frame["payment_method"]))
    return figures.grouped_line(named, "month_end", "success_rate", "payment_method", is_share=True)


def _draw_methods(frame: pd.DataFrame) -> object:
    named = frame.assign(payment_method=words.labels(frame["payment_method"]))
    return figures.grouped_bar(
        named, "month", "successful_amount", "payment_method", is_stacked=True
    )


def _draw_merchant_success(frame: pd.DataFrame) -> object:
    figure = figures.scatter(
        frame.assign(risk_level=words.labels(frame["risk_level"]) + " risk"),
        "revenue_amount",
        "success_rate",
        titles=("taken in", "succeeded"),
        group="risk_level",
        text="merchant_name",
        is_log=True,
    )
    return figure.update_yaxes(tickformat=".0%")


_chart = partial(Chart, source="gold.fact_payments", as_of="payment_date")

PAGE = Page(
    name="payments",
    title="Payments",
    question="How many payments come in, how many succeed, and where is the risk?",
    section="Payments",
    charts=(
        _chart(
            name="Payment trends",
            title="What payments brought in on each of the last 90 days",
            kind="line",
            unit="{currency} a day",
            query=queries.TRENDS,
            draw=lambda frame: figures.line(
                frame,
                "payment_date",
                {"successful_amount": "taken in", "week_mean": "mean of 7 days"},
            ),
            describe=_say_trends,
        ),
        _chart(
            name="Payment statuses",
            title="Payments by what became of them, last twelve whole months",
            kind="bar",
            unit="payments",
            query=queries.STATUSES,
            draw=lambda frame: figures.bar(
                frame,
                "month",
                {
                    "successful_count": "succeeded",
                    "failed_count": "failed",
                    "refunded_count": "given back",
                    "pending_count": "pending",
                },
                is_stacked=True,
            ),
            describe=_say_statuses,
        ),
        _chart(
            name="Success rates",
            title="Share of payments that succeeded, by method and month",
            kind="line",
            unit="per cent of the payments begun",
            query=queries.SUCCESS,
            draw=_draw_success,
            describe=_say_success,
        ),
        _chart(
            name="Payment methods",
            title="What payments brought in by method and month",
            kind="bar",
            unit="{currency}",
            query=queries.METHODS,
            draw=_draw_methods,
            describe=_say_methods,
        ),
        _chart(
            name="Failure reasons",
            title="Why payments of the last 365 days failed",
            kind="bar",
            unit="payments",
            query=queries.FAILURES,
            draw=lambda frame: figures.bar(
                frame.assign(failure_reason=words.labels(frame["failure_reason"])),
                "failure_reason",
                {"failed_count": "failed"},
                is_horizontal=True,
            ),
            describe=_say_failures,
        ),
        _chart(
            name="Risk heatmap",
            title=f"Risk score against amount, up to {queries.SAMPLE:,} payments drawn from 90 days",
            kind="scatter",
            unit="score 0 to 100, {currency}",
            query=queries.RISK_SCATTER,
            draw=lambda frame: figures.scatter(
                frame.assign(status=words.labels(frame["status"])),
                "amount",
                "risk_score",
                titles=("amount", "risk score"),
                group="status",
                text="payment_id",
                is_log=True,
            ),
            describe=_say_risk_scatter,
        ),
        _chart(
            name="High risk by amount",
            title="Share of payments with a score of 70 or more, by method and amount, 365 days",
            kind="heatmap",
            unit="per cent of the payments",
            query=queries.RISK_CELLS,
            draw=lambda frame: figures.heatmap(
                frame.assign(payment_method=words.labels(frame["payment_method"])),
                "amount_band",
                "payment_method",
                "high_risk_share",
                is_share=True,
            ),
            describe=_say_risk_cells,
        ),
        _chart(
            name="Merchant performance",
            title="The fifteen merchants that took in the most in 365 days",
            kind="bar",
            unit="{currency}",
            query=queries.MERCHANT_REVENUE,
            draw=lambda frame: figures.bar(
                frame, "merchant_name", {"revenue_amount": "taken in"}, is_horizontal=True
            ),
            describe=_say_merchants,
            also=("gold.dim_merchant",),
        ),
        _chart(
            name="Merchant success rates",
            title="Success rate against what was taken in, merchants with 30 payments or more",
            kind="scatter",
            unit="per cent of the payments begun, {currency}",
            query=queries.MERCHANT_SUCCESS,
            draw=_draw_merchant_success,
            describe=_say_merchant_success,
            also=("gold.dim_merchant",),
        ),
    ),
)
