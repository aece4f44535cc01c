"""Context: supporting evidence for the customers and days of a signal.

None of it raises an alert alone. Belongs here: flows of the last month against the customer's
own months before, their counterparties, and due-diligence facts. Does not belong here: the
comparison with others (`peers`, `anomaly`).
"""

import polars as pl

from finplatform.compliance.aml.hits import dollars, gather, within
from finplatform.compliance.aml.movements import (
    CASH_IN,
    INFLOWS,
    OUTFLOWS,
    WITH_OTHERS,
    is_kind,
)
from finplatform.compliance.aml.rules import Rules

_BY_DAY = ["customer_id", "day"]


def context_signals(
    movements: pl.DataFrame, reviews: pl.DataFrame, days: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Hits of all signals of this module.

    Args:
        movements: Classified movements of the days and of the months before them.
        reviews: Rows of `REVIEWS`.
        days: Customers and days with a signal, `customer_id` and `day`.
        rules: Figures in force.
    """
    theirs = movements.join(days.select("customer_id").unique(), on="customer_id", how="semi")
    size = rules.whole("PASS_THROUGH", "window_days")
    baseline = rules.whole("OUT_OF_PATTERN", "baseline_days")
    now = within(theirs, days, size)
    before = within(theirs, days, baseline, offset=size)
    return gather(
        [
            _pass_through(now, rules),
            _out_of_pattern(now, before, size / baseline, rules),
            _new_counterparties(now, before, rules),
            _several_channels(now, rules),
            _no_cash_business(now, before, days, size / baseline, rules),
            _customer_risk(reviews, days, rules),
        ]
    )


def _pass_through(now: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """What came in has mostly left."""
    came = pl.col("amount").filter(is_kind(*INFLOWS))
    left = pl.col("amount").filter(is_kind(*OUTFLOWS))
    found = (
        now.group_by(_BY_DAY)
        .agg(came=came.sum(), left=left.sum())
        .filter(
            (pl.col("came") >= rules.number("PASS_THROUGH", "least_usd"))
            & (pl.col("left") >= rules.number("PASS_THROUGH", "least_share") * pl.col("came"))
        )
    )
    words = pl.format("{} USD came in and {} USD left within a month", dollars("came"),
                      dollars("left"))  # fmt: skip
    return _hits("PASS_THROUGH", found, words, pl.col("left") / pl.col("came"))


def _out_of_pattern(
    now: pl.DataFrame, before: pl.DataFrame, scale: float, rules: Rules
) -> pl.DataFrame:
    """The customer moves much more than in the months before."""
    flow = is_kind(*INFLOWS, *OUTFLOWS)
    found = (
        now.filter(flow)
        .group_by(_BY_DAY)
        .agg(moved=pl.col("amount").sum())
        .join(
            before.filter(flow).group_by(_BY_DAY).agg(usual=pl.col("amount").sum() * scale),
            on=_BY_DAY,
            how="left",
        )
        .with_columns(pl.col("usual").fill_null(0.0))
        .filter(
            (pl.col("moved") >= rules.number("OUT_OF_PATTERN", "least_usd"))
            & (pl.col("moved") >= rules.number("OUT_OF_PATTERN", "times_usual") * pl.col("usual"))
        )
    )
    words = pl.format("{} USD moved in a month where {} USD are usual", dollars("moved"),
                      dollars("usual"))  # fmt: skip
    return _hits("OUT_OF_PATTERN", found, words, pl.col("moved"))


def _new_counterparties(now: pl.DataFrame, before: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Most of those whom the customer deals with are new."""
    known = before.select(*_BY_DAY, "party", is_known=pl.lit(value=True)).unique()
    found = (
        now.filter(is_kind(*WITH_OTHERS) & pl.col("party").is_not_null())
        .select(*_BY_DAY, "party")
        .unique()
        .join(known, on=[*_BY_DAY, "party"], how="left")
        .group_by(_BY_DAY)
        .agg(new=pl.col("is_known").null_count(), all=pl.len())
        .filter(
            (pl.col("new") >= rules.whole("NEW_COUNTERPARTIES", "least_count"))
            & (pl.col("new") >= rules.number("NEW_COUNTERPARTIES", "least_share") * pl.col("all"))
        )
    )
    words = pl.format("{} of {} counterparties of the month are new", "new", "all")
    return _hits("NEW_COUNTERPARTIES", found, words, pl.col("new"))


def _several_channels(now: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Cash comes in by more than one way."""
    found = (
        now.filter(is_kind(CASH_IN))
        .group_by(_BY_DAY)
        .agg(ways=pl.col("channel").n_unique(), names=pl.col("channel").unique().sort())
        .filter(pl.col("ways") >= rules.whole("SEVERAL_CHANNELS", "least_count"))
    )
    words = pl.format("cash came in by {}", pl.col("names").list.join(" and "))
    return _hits("SEVERAL_CHANNELS", found, words, pl.col("ways"))


def _no_cash_business(
    now: pl.DataFrame, before: pl.DataFrame, days: pl.DataFrame, scale: float, rules: Rules
) -> pl.DataFrame:
    """Cash comes in to a customer who usually pays in little."""
    has_cash = now.filter(is_kind(CASH_IN)).select(_BY_DAY).unique()
    usual = before.filter(is_kind(CASH_IN)).group_by(_BY_DAY).agg(
        usual=pl.col("amount").sum() * scale
    )  # fmt: skip
    found = (
        days.join(has_cash, on=_BY_DAY, how="semi")
        .join(usual, on=_BY_DAY, how="left")
        .with_columns(pl.col("usual").fill_null(0.0))
        .filter(pl.col("usual") <= rules.number("CASH_NOT_OF_BUSINESS", "most_usual_usd"))
    )
    words = pl.format("cash of {} USD a month is usual", dollars("usual"))
    return _hits("CASH_NOT_OF_BUSINESS", found, words, pl.col("usual"))


def _customer_risk(reviews: pl.DataFrame, days: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The last review rates the customer's risk as high, or found a politically exposed person."""
    is_pep = pl.col("is_pep").fill_null(value=False)
    least = rules.whole("CUSTOMER_RISK", "least_rating")
    found = (
        days.sort("day")
        .join_asof(
            reviews.sort("review_date"),
            left_on="day",
            right_on="review_date",
            by="customer_id",
            check_sortedness=False,
        )
        .filter((pl.col("risk_rating") >= least) | is_pep)
    )
    words = (
        pl.when(is_pep)
        .then(pl.lit("the customer is a politically exposed person"))
        .otherwise(pl.lit("due diligence rates the customer's risk as high"))
    )
    return _hits("CUSTOMER_RISK", found, words, pl.col("risk_rating"))


def _hits(signal: str, found: pl.DataFrame, words: pl.Expr, measured: pl.Expr) -> pl.DataFrame:
    """Hits without transactions: context points at none."""
    return found.select(
        "customer_id",
        "day",
        signal=pl.lit(signal),
        measured=measured.cast(pl.Float64),
        words=words,
        transaction_ids=pl.lit([], dtype=pl.List(pl.String)),
    )
