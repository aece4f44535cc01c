"""Signals of single customers: what their own movements show, each by a rule of its own.

A signal is true on a day by what happened up to that day alone, so that a day can be judged again
whenever, with the same result. Belongs here: the signals that an alert can be built on. Does not
belong here: what supports them (`context`), and what several customers show together (`graph`).
"""

from datetime import timedelta

import polars as pl

from finplatform.compliance.aml.hits import (
    active_days,
    dollars,
    gather,
    no_hits,
    span,
    within,
)
from finplatform.compliance.aml.movements import (
    CASH_IN,
    FROM_OUTSIDE,
    INFLOWS,
    OUTFLOWS,
    WITH_OTHERS,
    is_kind,
)
from finplatform.compliance.aml.rules import Rules
from finplatform.windows import Window

_BY_DAY = ["customer_id", "day"]


def customer_signals(
    movements: pl.DataFrame,
    listed: pl.DataFrame,
    last_active: pl.DataFrame,
    window: Window,
    rules: Rules,
) -> pl.DataFrame:
    """Hits of all signals of this module on the days of a window.

    Args:
        movements: Classified movements of the window and of the months before it.
        listed: Statements of the FATF, rows of `LISTED`.
        last_active: `account_id` and `last_active_date`, the last day of the customer's own
            movements before the first of `movements`; accounts without one are left out.
        window: Days to judge.
        rules: Figures in force in it.
    """
    return gather(
        [
            _cash_near_limit(movements, window, rules),
            _rapid_in_out(movements, window, rules),
            _velocity(movements, window, rules),
            _round_amounts(movements, window, rules),
            _dormant_awakened(movements, last_active, window, rules),
            _high_risk_geography(movements, listed, window, rules),
        ]
    )


def _cash_near_limit(movements: pl.DataFrame, window: Window, rules: Rules) -> pl.DataFrame:
    """Cash deposits near the reporting limit on several days, none of them above it."""
    limit = rules.number("CURRENCY_REPORT", "limit_usd")
    low = limit * rules.number("CASH_NEAR_LIMIT", "share_of_limit")
    size = rules.whole("CASH_NEAR_LIMIT", "window_days")
    near = span(movements, window, size).filter(
        is_kind(CASH_IN) & pl.col("amount").is_between(low, limit)
    )
    found = _summed(near, movements, window, size).filter(
        (pl.col("count") >= rules.whole("CASH_NEAR_LIMIT", "least_count"))
        & (pl.col("days") >= rules.whole("CASH_NEAR_LIMIT", "least_days"))
        & (pl.col("total") > limit)
    )
    return _hits(
        "CASH_NEAR_LIMIT",
        found,
        pl.format(
            f"{{}} cash deposits between {low:,.0f} and {limit:,.0f} USD on {{}} days,"
            " {} USD together",
            "count",
            "days",
            dollars("total"),
        ),
        "count",
    )


def _rapid_in_out(movements: pl.DataFrame, window: Window, rules: Rules) -> pl.DataFrame:
    """Sums from outside of which most leaves within hours, more than once."""
    size = rules.whole("RAPID_IN_OUT", "window_days")
    hours = rules.whole("RAPID_IN_OUT", "hours")
    share = rules.number("RAPID_IN_OUT", "least_share")
    near = span(movements, window, size + -(-hours // 24))
    came = near.filter(
        is_kind(FROM_OUTSIDE) & (pl.col("amount") >= rules.number("RAPID_IN_OUT", "least_usd"))
    ).select("customer_id", "transaction_id", came_at="transaction_at", came="amount")
    left = near.filter(is_kind(*OUTFLOWS)).select(
        "customer_id", "transaction_at", "transaction_date", "amount", out_id="transaction_id"
    )
    wait = pl.col("transaction_at") - pl.col("came_at")
    passed = (
        came.join(left, on="customer_id")
        .filter((wait > timedelta(0)) & (wait <= timedelta(hours=hours)))
        .sort("transaction_at")
        # A sum counts as passed on from the day on which enough of it has left.
        .with_columns(
            gone=pl.col("amount").cum_sum().over("transaction_id"), needed=share * pl.col("came")
        )
        .filter(pl.col("gone") - pl.col("amount") < pl.col("needed"))
        .group_by("customer_id", "transaction_id", "came")
        .agg(
            pl.col("transaction_date").max(),
            pl.col("gone").max(),
            pl.col("out_id"),
            pl.col("needed").first(),
        )
        .filter(pl.col("gone") >= pl.col("needed"))
    )
    if passed.is_empty():
        return no_hits()
    found = (
        within(passed, active_days(movements, window), size)
        .group_by(_BY_DAY)
        .agg(
            count=pl.len(),
            total=pl.col("came").sum(),
            transaction_ids=pl.concat_list(pl.concat_list("transaction_id"), "out_id").explode(),
        )
        .filter(pl.col("count") >= rules.whole("RAPID_IN_OUT", "least_count"))
    )
    return _hits(
        "RAPID_IN_OUT",
        found,
        pl.format(
            f"{{}} sums from outside, {{}} USD together, of which at least {share:.0%} left"
            f" within {hours} hours",
            "count",
            dollars("total"),
        ),
        "count",
    )


def _velocity(movements: pl.DataFrame, window: Window, rules: Rules) -> pl.DataFrame:
    """Many more transfers with others than the customer usually makes."""
    size = rules.whole("VELOCITY", "window_days")
    usual_days = rules.whole("OUT_OF_PATTERN", "baseline_days")
    near = span(movements, window, size + usual_days).filter(is_kind(*WITH_OTHERS))
    least = rules.whole("VELOCITY", "least_count")
    found = _summed(near, movements, window, size).filter(pl.col("count") >= least)
    before = (
        within(near.select("customer_id", "transaction_date"), found.select(_BY_DAY), usual_days,
               offset=size)
        .group_by(_BY_DAY)
        .agg(usual=pl.len() * size / usual_days)
    )  # fmt: skip
    times = rules.number("VELOCITY", "times_usual")
    found = found.join(before, on=_BY_DAY, how="left").filter(
        pl.col("count") >= times * pl.col("usual").fill_null(0.0)
    )
    return _hits(
        "VELOCITY",
        found,
        pl.format(
            f"{{}} transfers with others in {size} days, {{}} USD together, where {{}} are usual",
            "count",
            dollars("total"),
            pl.col("usual").fill_null(0.0).round(1),
        ),
        "count",
    )


def _round_amounts(movements: pl.DataFrame, window: Window, rules: Rules) -> pl.DataFrame:
    """Mostly round sums among a customer's larger transfers with others."""
    size = rules.whole("ROUND_AMOUNTS", "window_days")
    multiple = rules.whole("ROUND_AMOUNTS", "multiple_usd")
    large = span(movements, window, size).filter(
        is_kind(*WITH_OTHERS) & (pl.col("amount") >= rules.number("ROUND_AMOUNTS", "least_usd"))
    )
    is_round = pl.col("amount") % multiple == 0
    least = rules.whole("ROUND_AMOUNTS", "least_count")
    many = large.filter(is_round.sum().over("customer_id") >= least)
    found = (
        within(many, active_days(movements, window), size)
        .group_by(_BY_DAY)
        .agg(
            count=is_round.sum(),
            share=is_round.mean(),
            total=pl.col("amount").filter(is_round).sum(),
            transaction_ids=pl.col("transaction_id").filter(is_round),
        )
        .filter(
            (pl.col("count") >= least)
            & (pl.col("share") >= rules.number("ROUND_AMOUNTS", "least_share"))
        )
    )
    return _hits(
        "ROUND_AMOUNTS",
        found,
        pl.format(
            f"{{}} transfers with others that are multiples of {multiple} USD, {{}} USD together",
            "count",
            dollars("total"),
        ),
        "count",
    )


def _dormant_awakened(
    movements: pl.DataFrame, last_active: pl.DataFrame, window: Window, rules: Rules
) -> pl.DataFrame:
    """A sum comes in to an account without a movement for months, and leaves again."""
    size = rules.whole("DORMANT_AWAKENED", "window_days")
    quiet = rules.whole("DORMANT_AWAKENED", "quiet_days")
    share = rules.number("DORMANT_AWAKENED", "least_share")
    before = last_active.select(
        "account_id", transaction_date="last_active_date", is_before=pl.lit(value=True)
    )
    days = pl.concat(
        [
            before,
            movements.select("account_id", "transaction_date", is_before=pl.lit(value=False)),
        ]
    ).unique(["account_id", "transaction_date"])
    gap = pl.col("transaction_date").diff().over("account_id").dt.total_days()
    awakened = (
        days.sort("account_id", "transaction_date")
        .with_columns(quiet_days=gap)
        .filter((pl.col("quiet_days") >= quiet) & ~pl.col("is_before"))
        .select("account_id", "quiet_days", awake="transaction_date")
    )
    age = (pl.col("transaction_date") - pl.col("awake")).dt.total_days()
    moved = (
        span(movements, window, 2 * size)
        .filter(is_kind(*INFLOWS, *OUTFLOWS))
        .join(awakened, on="account_id")
        .filter((age >= 0) & (age < size))
    )
    found = (
        within(moved, active_days(movements, window), size)
        .group_by(_BY_DAY)
        .agg(
            came=pl.col("amount").filter(is_kind(*INFLOWS)).sum(),
            left=pl.col("amount").filter(is_kind(*OUTFLOWS)).sum(),
            quiet_days=pl.col("quiet_days").max(),
            transaction_ids=pl.col("transaction_id"),
        )
        .filter(
            (pl.col("came") >= rules.number("DORMANT_AWAKENED", "least_usd"))
            & (pl.col("left") >= share * pl.col("came"))
        )
    )
    return _hits(
        "DORMANT_AWAKENED",
        found,
        pl.format(
            "{} USD came in to an account that had been quiet for {} days, and {} USD left",
            dollars("came"),
            "quiet_days",
            dollars("left"),
        ),
        "came",
    )


def _high_risk_geography(
    movements: pl.DataFrame, listed: pl.DataFrame, window: Window, rules: Rules
) -> pl.DataFrame:
    """Money to, from or spent in jurisdictions that the FATF had listed on the day."""
    size = rules.whole("HIGH_RISK_GEOGRAPHY", "window_days")
    statements = listed.select("as_of_date").unique().sort("as_of_date")
    if statements.is_empty():
        return no_hits()
    abroad = (
        span(movements, window, size)
        .filter(pl.col("country").is_in(listed["country"].unique().implode()))
        .sort("transaction_date")
        .join_asof(statements, left_on="transaction_date", right_on="as_of_date")
        .join(listed, on=["country", "as_of_date"])
    )
    is_call = pl.col("fatf_status") == "CALL_FOR_ACTION"
    found = (
        within(abroad, active_days(movements, window), size)
        .group_by(_BY_DAY)
        .agg(
            count=pl.len(),
            total=pl.col("amount").sum(),
            called=pl.col("amount").filter(is_call).sum(),
            countries=pl.col("country").unique().sort().str.join(", "),
            transaction_ids=pl.col("transaction_id"),
        )
        .filter(
            (
                (pl.col("total") >= rules.number("HIGH_RISK_GEOGRAPHY", "least_usd"))
                & (pl.col("count") >= rules.whole("HIGH_RISK_GEOGRAPHY", "least_count"))
            )
            | (pl.col("called") >= rules.number("HIGH_RISK_GEOGRAPHY", "least_usd_call"))
        )
    )
    return _hits(
        "HIGH_RISK_GEOGRAPHY",
        found,
        pl.format(
            "{} transactions, {} USD together, with jurisdictions that the FATF lists ({})",
            "count",
            dollars("total"),
            "countries",
        ),
        "total",
    )


def _summed(
    contributions: pl.DataFrame, movements: pl.DataFrame, window: Window, size: int
) -> pl.DataFrame:
    """Count, days and sum of contributions by customer and day."""
    return (
        within(contributions, active_days(movements, window), size)
        .group_by(_BY_DAY)
        .agg(
            count=pl.len(),
            days=pl.col("transaction_date").n_unique(),
            total=pl.col("amount").sum(),
            transaction_ids=pl.col("transaction_id"),
        )
    )


def _hits(signal: str, found: pl.DataFrame, words: pl.Expr, measured: str) -> pl.DataFrame:
    return found.select(
        "customer_id",
        "day",
        "transaction_ids",
        signal=pl.lit(signal),
        measured=pl.col(measured).cast(pl.Float64),
        words=words,
    )
