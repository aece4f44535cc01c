"""Currency transaction reports: 31 CFR 1010.311 to 1010.313, for a bank.

Cash in and cash out are aggregated separately, for each person and business day, over all branches
and accounts. A deposit to a joint account counts in full for each of its holders and for its
conductor; a withdrawal for its conductor, and for the first holder if the conductor is unknown
(FinCEN's answers 23 and 24 on the report). A report is due above the limit, not at it. Does not
belong here: the file (`fincen`), and reading transactions.
"""

import hashlib
from datetime import date, timedelta

import polars as pl

from finplatform.compliance.aml.rules import RuleBook, Rules
from finplatform.errors import FinplatformError
from finplatform.windows import Window

CASH = pl.Schema(
    {
        "transaction_id": pl.String(),
        "account_id": pl.String(),
        "transaction_date": pl.Date(),
        "bank_hour": pl.Int16(),
        "direction": pl.Int16(),
        "amount_usd": pl.Decimal(18, 2),
        "conductor_id": pl.String(),
    }
)
"""A completed cash transaction each, on the bank's day and hour. `conductor_id` is the person who
conducted it, if the source has it."""

HOLDERS = pl.Schema(
    {
        "account_id": pl.String(),
        "customer_id": pl.String(),
        "position": pl.Int16(),
        "valid_from": pl.Date(),
        "valid_to": pl.Date(),
    }
)
"""A holder of an account each, the first at position 1; without `valid_to` to this day."""

EXEMPTIONS = pl.Schema({"customer_id": pl.String(), "valid_from": pl.Date(), "valid_to": pl.Date()})
"""A person each whose reports 31 CFR 1020.315 dispenses with."""

LONGEST_SHIFT = 7
"""Days before a window whose transactions may be posted in it: a weekend and holidays around it."""

_BY_REPORT = ["customer_id", "business_date", "direction"]


def posted(cash: pl.DataFrame, business_days: pl.Series, night_from_hour: int) -> pl.DataFrame:
    """Cash transactions with the business day on which they count.

    A transaction of a day that is none counts on the next business day, and so does a deposit that
    comes in at night.

    Args:
        cash: Rows of `CASH`.
        business_days: The bank's business days, in order, to some days after the last transaction.
        night_from_hour: Hour from which deposits come in at night.

    Raises:
        FinplatformError: If the calendar ends before a transaction's business day.
    """
    is_night = (pl.col("direction") > 0) & (pl.col("bank_hour") >= night_from_hour)
    calendar = pl.DataFrame({"business_date": business_days.sort()})
    dated = (
        cash.with_columns(
            earliest=pl.when(is_night)
            .then(pl.col("transaction_date") + timedelta(days=1))
            .otherwise(pl.col("transaction_date"))
        )
        .sort("earliest")
        .join_asof(calendar, left_on="earliest", right_on="business_date", strategy="forward")
        .drop("earliest")
    )
    if dated["business_date"].null_count():
        raise FinplatformError(
            "The calendar of business days ends before the last cash transaction.",
            "Extend `calendar_last_day` in dbt_project.yml.",
        )
    return dated


def currency_reports(
    cash: pl.DataFrame,
    holders: pl.DataFrame,
    exemptions: pl.DataFrame,
    business_days: pl.Series,
    window: Window,
    book: RuleBook,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Reports due for the business days of a window, and their transactions.

    Args:
        cash: Rows of `CASH`, of the window and of `LONGEST_SHIFT` days before it.
        holders: Rows of `HOLDERS`.
        exemptions: Rows of `EXEMPTIONS`.
        business_days: The bank's business days, in order.
        window: Days to report on.
        book: The rules.

    Returns:
        A report per person, business day and direction; and a row per report and transaction.
    """
    pieces = [
        _of_piece(cash, holders, exemptions, business_days, piece, rules)
        for piece, rules in book.pieces(window)
    ]
    return pl.concat([one for one, _ in pieces]), pl.concat([one for _, one in pieces])


def _of_piece(
    cash: pl.DataFrame,
    holders: pl.DataFrame,
    exemptions: pl.DataFrame,
    business_days: pl.Series,
    window: Window,
    rules: Rules,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    night = rules.whole("CURRENCY_REPORT", "night_from_hour")
    inside = (pl.col("business_date") >= window.start) & (pl.col("business_date") < window.end)
    dated = posted(cash, business_days, night).filter(inside)
    parts = _of_persons(dated, holders)
    limit = rules.exact("CURRENCY_REPORT", "limit_usd")
    due = rules.whole("CURRENCY_REPORT", "due_days")
    reports = (
        parts.group_by(_BY_REPORT)
        .agg(
            amount_usd=pl.col("amount_usd").sum(),
            transaction_count=pl.len().cast(pl.Int32),
            account_count=pl.col("account_id").n_unique().cast(pl.Int32),
            together=pl.col("transaction_id").sort().str.join("\0"),
        )
        .filter(pl.col("amount_usd") > pl.lit(limit))
        .sort(_BY_REPORT)
    )
    ids = [
        _identifier("CTR", customer, day, str(direction))
        for customer, day, direction in reports.select(_BY_REPORT).iter_rows()
    ]
    groups = [
        _identifier("CTF", together, day, str(direction))
        for together, day, direction in reports.select(
            "together", "business_date", "direction"
        ).iter_rows()
    ]
    reports = _marked(reports, exemptions).select(
        pl.Series("report_id", ids, dtype=pl.String),
        pl.Series("filing_id", groups, dtype=pl.String),
        *_BY_REPORT,
        pl.col("amount_usd").cast(pl.Decimal(18, 2)),
        "transaction_count",
        "account_count",
        "is_exempt",
        due_date=pl.col("business_date") + timedelta(days=due),
    )
    transactions = (
        parts.join(reports.select("report_id", *_BY_REPORT), on=_BY_REPORT)
        .select("report_id", "transaction_id", "account_id", "business_date", "amount_usd")
        .sort("report_id", "transaction_id")
    )
    return reports, transactions


def _of_persons(dated: pl.DataFrame, holders: pl.DataFrame) -> pl.DataFrame:
    """Each transaction once for each person by whom or for whom it was made."""
    on_day = (pl.col("valid_from") <= pl.col("transaction_date")) & (
        pl.col("valid_to").is_null() | (pl.col("transaction_date") <= pl.col("valid_to"))
    )
    held = dated.join(holders, on="account_id").filter(on_day)
    is_deposit, made_by = pl.col("direction") > 0, pl.col("conductor_id")
    is_first = pl.col("position") == pl.col("position").min().over("transaction_id")
    for_holders = held.filter(is_deposit | (made_by.is_null() & is_first))
    by_conductors = dated.filter(made_by.is_not_null()).with_columns(customer_id=made_by)
    columns = [*_BY_REPORT, "transaction_id", "account_id", "amount_usd"]
    return pl.concat([for_holders.select(columns), by_conductors.select(columns)]).unique(
        ["customer_id", "transaction_id"]
    )


def _marked(reports: pl.DataFrame, exemptions: pl.DataFrame) -> pl.DataFrame:
    """Reports with whether the person is exempt on the day."""
    on_day = (pl.col("valid_from") <= pl.col("business_date")) & (
        pl.col("valid_to").is_null() | (pl.col("business_date") <= pl.col("valid_to"))
    )
    exempt = (
        reports.select(_BY_REPORT)
        .join(exemptions, on="customer_id")
        .filter(on_day)
        .select(*_BY_REPORT, is_exempt=pl.lit(value=True))
        .unique()
    )
    return reports.join(exempt, on=_BY_REPORT, how="left", maintain_order="left").with_columns(
        pl.col("is_exempt").fill_null(value=False)
    )


def _identifier(prefix: str, subject: str, day: date, direction: str) -> str:
    text = f"{subject}\0{day}\0{direction}"
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
