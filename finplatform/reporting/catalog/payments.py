"""Payments that the bank acquires for merchants: trends, success, failures, risk and merchants.

The success rate is that of `bi.vw_payment_analytics`: payments that succeeded and were not given
back, of all that were begun.
"""

from functools import partial

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.catalog import payments_queries as queries
from finplatform.reporting.page import Chart, Page

_WEEK = 7
_HIGH_SCORE = 70


def _say_trends(frame: pd.DataFrame, currency: str) -> str:
    peak = extremes.largest(frame, "successful_amount", extremes.day_of("payment_date"))
    if not peak["successful_amount"]:
        return f"Nothing was taken in on {words.plural(len(frame), 'day')}."
    sentence = (
        f"{peak.name} took in the most"
        f" ({words.amount(peak['successful_amount'], currency)} from"
        f" {words.plural(peak['payment_count'], 'payment')})"
    )
    if len(frame) < _WEEK:
        return f"{sentence}."
    # Weeks as they are: the column of the chart is rounded.
    last, before = (
        words.part(words.total(frame["successful_amount"].iloc[end - _WEEK :][:_WEEK]), _WEEK)
        for end in (0, -_WEEK)
    )
    sentence += f"; the mean of the last seven days is {words.amount(last, currency)}"
    if len(frame) < 2 * _WEEK:
        return f"{sentence}."
    return f"{sentence}{words.compared(last, before, currency, 'on a week earlier')}."


def _say_statuses(frame: pd.DataFrame, currency: str) -> str:
    every, failed, returned = (
        words.total(frame[column]) for column in ("payment_count", "failed_count", "refunded_count")
    )
    given_back = f"{words.share(words.part(returned, every))} were" if returned else "none was"
    payments = words.plural(every, "payment")
    if not failed:
        return f"Of {payments}, none failed and {given_back} given back."
    most = extremes.largest(frame, "failed_count", extremes.text_of("month"))
    return (
        f"Of {payments}, {words.share(words.part(failed, every))} failed and {given_back} given"
        f" back; the most failed in {most.name} ({words.count(most['failed_count'])})."
    )


def _say_success(frame: pd.DataFrame, currency: str) -> str:
    last_month = max(frame["month_end"])
    last = frame[frame["month_end"] == last_month]
    good, begun = (words.total(frame[column]) for column in ("successful_count", "payment_count"))
    sentence = (
        f"{words.share(words.part(good, begun))} of {words.plural(begun, 'payment')} succeeded"
    )
    name = extremes.label_of("payment_method")
    best = extremes.largest(last, "success_rate", name)
    worst = extremes.smallest(last, "success_rate", name)
    month, top = words.month(last_month), words.share(best["success_rate"])
    if best.is_only:
        return f"{sentence}; in {month} there was {best.bare} alone ({top})."
    if best.is_flat:
        return f"{sentence}; in {month} all {len(last)} methods did equally well ({top})."
    return (
        f"{sentence}; in {month} {best.name} did best ({top}) and {worst.name} worst"
        f" ({words.share(worst['success_rate'])})."
    )


def _say_methods(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.of_sums(
        {
            str(method): words.total(rows["successful_amount"])
            for method, rows in frame.groupby("payment_method", sort=False)
        }
    )
    months = words.plural(frame["month"].nunique(), "month")
    if not first["value"]:
        return f"Nothing was brought in over {months}."
    part = words.part(first["value"], words.total(frame["successful_amount"]))
    return (
        f"{first.heading} brought in the most over {months}:"
        f" {words.amount(first['value'], currency)} ({words.share(part)} of all)."
    )


def _say_failures(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "failed_count", extremes.label_of("failure_reason"))
    every = words.total(frame["failed_count"])
    return (
        f"{first.heading} is behind {words.share(words.part(first['failed_count'], every))} of"
        f" {words.plural(every, 'failed payment')}, worth"
        f" {words.amount(first['failed_amount'], currency)}."
    )


def _say_risk_scatter(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "risk_score")
    if known.empty:
        return "No payment drawn has a risk score."
    high = known[[score >= _HIGH_SCORE for score in known["risk_score"]]]
    counted = words.capitalized(words.tally(len(high), len(known), "payment", "drawn scores"))
    part = words.part(words.total(high["amount"]), words.total(known["amount"]))
    of_amount = f" with {words.share(part)} of the amount" if part else ""
    top = extremes.largest(known, "risk_score", extremes.text_of("payment_id"))
    whose = (
        f"a payment of {words.amount(top['amount'], currency)}"
        if top.equal_count == 1
        else words.plural(top.equal_count, "payment")
    )
    return (
        f"{counted} 70 or more{of_amount}; the highest score, {words.number(top['risk_score'])}, is"
        f" that of {whose}."
    )


def _say_risk_cells(frame: pd.DataFrame, currency: str) -> str:
    worst = extremes.largest(
        frame,
        "high_risk_share",
        lambda row: f"{words.label(row['payment_method'])} of {row['amount_band']}",
    )
    if not worst["high_risk_count"]:
        every = words.total(frame["payment_count"])
        return f"{words.capitalized(words.tally(0, every, 'payment', 'scores'))} 70 or more."
    return (
        f"Payments by {worst.name} score 70 or more most often:"
        f" {words.share(worst['high_risk_share'])} ({words.count(worst['high_risk_count'])} of"
        f" {words.count(worst['payment_count'])})."
    )


def _say_merchants(frame: pd.DataFrame, currency: str) -> str:
    name = extremes.text_of("merchant_name")
    first = extremes.largest(frame, "revenue_amount", name)
    if not first["revenue_amount"]:
        return "No merchant took in anything."
    weakest = extremes.smallest(frame, "success_rate", name)
    sentence = (
        f"{first.name} takes in the most, {words.amount(first['revenue_amount'], currency)}"
        f" ({words.share(first['revenue_share'])} of all)"
    )
    rate = words.share(weakest["success_rate"])
    if weakest.is_flat:
        return f"{sentence}; the success rate of every merchant shown is {rate}."
    return f"{sentence}; of those shown, {weakest.name} succeeds least often ({rate})."


def _say_merchant_success(frame: pd.DataFrame, currency: str) -> str:
    name = extremes.text_of("merchant_name")
    worst = extremes.smallest(frame, "success_rate", name)
    best = extremes.largest(frame, "success_rate", name)
    if best.is_only:
        return (
            f"{best.bare} is the only merchant with 30 payments or more; its success rate is"
            f" {words.share(best['success_rate'])}."
        )
    merchants = f"{words.plural(len(frame), 'merchant')} with 30 payments or more"
    if best.is_flat:
        return f"The success rate of {merchants} is {words.share(best['success_rate'])} each."
    return (
        f"Among {merchants}, success runs from {words.share(worst['success_rate'])} ({worst.name})"
        f" to {words.share(best['success_rate'])} ({best.name})."
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
