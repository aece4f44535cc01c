"""Public loan books as frames: features known when the loan was granted, and whether it went bad.

Belongs here: reading the published files and deciding what may explain. Does not belong here:
splits, models. None of the data is part of the project; each loader says where it is from.

Left out everywhere: sex, marital status and nationality, on which a credit decision may not rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError

_FIRST_TEST_DAY = 970101
"""Loans granted from this day (YYMMDD) on are the test of the Czech bank."""


@dataclass(frozen=True)
class LoanBook:
    """A public data set.

    Attributes:
        name: Short name.
        title: What it is.
        features: Features alone.
        outcome: 1 for bad, shape (rows,).
        is_test: Rows of a test that lies after the training, or None for repeated splits.
        notes: What a reader of the figures must know.
    """

    name: str
    title: str
    features: pl.DataFrame
    outcome: np.ndarray
    is_test: np.ndarray | None
    notes: tuple[str, ...]


def german(folder: Path) -> LoanBook:
    """1,000 German applicants, 300 of them bad (Hofmann 1994, UCI Statlog, CC BY 4.0)."""
    frame = pl.read_csv(_file(folder, "credit_german/germancredit.csv"))
    return LoanBook(
        "german",
        "German credit applicants, 1,000",
        frame.drop("creditability", "personal_status_and_sex", "foreign_worker"),
        _indicator(frame["creditability"] == "bad"),
        None,
        ("Bad applicants were oversampled by the publisher: PDs hold for this sample alone.",),
    )


def taiwan(folder: Path) -> LoanBook:
    """30,000 card holders of Taiwan in 2005 (Yeh and Lien 2009, UCI, CC BY 4.0)."""
    path = _file(folder, "credit_taiwan/UCI_Credit_Card.csv.gz")
    frame = pl.read_csv(path, infer_schema=False).select(pl.all().cast(pl.Float64))
    return LoanBook(
        "taiwan",
        "Card holders in Taiwan, 30,000",
        frame.drop("ID", "SEX", "MARRIAGE", "default.payment.next.month"),
        _indicator(frame["default.payment.next.month"] == 1),
        None,
        ("The outcome is the next month's payment and not a year's.",),
    )


def berka(folder: Path) -> LoanBook:
    """682 loans of a Czech bank, 1993 to 1998 (Berka and Sochorova, PKDD 1999)."""
    return _berka(folder, "berka", with_orders=True)


def berka_without_orders(folder: Path) -> LoanBook:
    """The same without standing orders, whose date the publisher does not give."""
    return _berka(folder, "berka_without_orders", with_orders=False)


LOADERS: Mapping[str, Callable[[Path], LoanBook]] = {
    "german": german,
    "taiwan": taiwan,
    "berka": berka,
    "berka_without_orders": berka_without_orders,
}
"""Loaders by name."""


def _berka(folder: Path, name: str, *, with_orders: bool) -> LoanBook:
    loans = _czech(folder, "loan")
    accounts = _czech(folder, "account").rename({"date": "opened"})
    districts = _czech(folder, "district").rename({"A1": "district_id"})
    joined = (
        loans.join(accounts, on="account_id", how="left", validate="m:1")
        .join(districts, on="district_id", how="left", validate="m:1")
        .join(_orders(folder), on="account_id", how="left", validate="m:1")
        .with_columns(pl.col("orders", "order_amount", "household_amount").fill_null(0))
        .sort("date", "loan_id")
    )
    features = joined.select(
        loan_amount=pl.col("amount"),
        term_months=pl.col("duration"),
        instalment=pl.col("payments"),
        instalment_to_salary=pl.col("payments") / pl.col("A11"),
        statement="frequency",
        account_days=(_day("date") - _day("opened")).dt.total_days(),
        inhabitants="A4",
        urban_pct="A10",
        salary="A11",
        unemployment_1995_pct="A12",
        entrepreneurs_per_thousand="A14",
        crimes_1995_per_head=pl.col("A15") / pl.col("A4"),
    )
    if with_orders:
        share = pl.col("payments") / (pl.col("payments") + pl.col("order_amount"))
        features = features.hstack(
            joined.select("orders", "order_amount", "household_amount", instalment_share=share)
        )
    return LoanBook(
        name,
        "Loans of a Czech bank, trained on those granted before 1997"
        + ("" if with_orders else ", standing orders left out"),
        features,
        _indicator(joined["status"].is_in(["B", "D"])),
        (joined["date"] >= _FIRST_TEST_DAY).to_numpy(),
        (
            "Bad is finished unpaid (B) or running in debt (D). Status is known at the end of "
            "1998 alone: outcomes of training loans are later than the first test loan, and test "
            "loans that still run have had little time to go bad.",
            "The order that pays the loan itself is left out: it exists because of the loan. "
            "Other standing orders carry no date and may be younger than the loan; "
            "`berka_without_orders` shows the figures that do not rest on them.",
        ),
    )


def _orders(folder: Path) -> pl.DataFrame:
    """Standing orders per account, the loan's own left out."""
    purpose = pl.col("k_symbol").str.strip_chars()
    return (
        _czech(folder, "order")
        .filter(purpose != "UVER")
        .group_by("account_id")
        .agg(
            orders=pl.len(),
            order_amount=pl.col("amount").sum(),
            household_amount=pl.col("amount").filter(purpose == "SIPO").sum(),
        )
    )


def _czech(folder: Path, table: str) -> pl.DataFrame:
    return pl.read_csv(
        _file(folder, f"berka/{table}.asc"),
        separator=";",
        null_values=["?"],
        infer_schema_length=None,
    )


def _day(column: str) -> pl.Expr:
    """A day of the twentieth century written as the number YYMMDD."""
    return (pl.lit(19_000_000) + pl.col(column)).cast(pl.String).str.to_date("%Y%m%d")


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise FinplatformError(
            f"The data set is not there: {path} does not exist.",
            "Give the folder that holds credit_german, credit_taiwan and berka with --data, or "
            "leave a set out with --only.",
        )
    return path


def _indicator(is_bad: pl.Series) -> np.ndarray:
    return is_bad.cast(pl.Float64).to_numpy()
