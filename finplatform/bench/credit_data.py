"""Public loan books as frames: features known at origination, and default.

Belongs here: reading the published files and selecting features. Does not belong here:
splits, models. None of the data is part of the project; each loader documents its source.

Left out everywhere: sex, marital status and nationality, which are not permitted in credit
decisions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from finplatform.bench.account_history import FEATURES as HISTORY
from finplatform.bench.account_history import history_features
from finplatform.errors import FinplatformError

_FIRST_TEST_DAY = 970101
"""Loans granted from this day (YYMMDD) on are the test of the Czech bank."""


_GAP_SEED = 20240601
"""Decides which cells are taken out."""


@dataclass(frozen=True)
class LoanBook:
    """A public data set.

    Attributes:
        name: Short name.
        title: Title.
        features: Features alone.
        outcome: 1 for bad, shape (rows,).
        is_test: Rows of a test that lies after the training, or None for repeated splits.
        notes: Caveats for readers of the figures.
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


def german_with_gaps(folder: Path) -> LoanBook:
    """The German applicants with a fifth of all cells taken out, large numbers more often."""
    book = german(folder)
    rng = np.random.default_rng(_GAP_SEED)
    columns = []
    for column in book.features.iter_columns():
        chance = np.full(column.len(), 0.2)
        if column.dtype.is_numeric():
            chance += np.where((column > column.median()).to_numpy(), 0.1, -0.1)
        is_gone = pl.Series(rng.random(column.len()) < chance)
        columns.append(column.set(is_gone, None))
    return replace(
        book,
        name="german_with_gaps",
        title="German credit applicants with a fifth of the cells missing",
        features=pl.DataFrame(columns),
        notes=(*book.notes, "Cells were taken out here, with a fixed seed."),
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
    """The loans without standing orders, whose date the publisher does not give."""
    return _berka(folder, "berka_without_orders", with_orders=False)


def berka_with_history(folder: Path) -> LoanBook:
    """Loans of the Czech bank whose account has transactions before the loan.

    The whole table of transactions covers all loans; its published beginning ends in March 1994 and
    covers a part, most of them granted later.
    """
    book, loans = _berka(folder, "berka_with_history", with_orders=True), _czech_loans(folder)
    movements = _movements(folder)
    history = history_features(
        loans.select("account_id", day=_day("date")), movements, key="account_id"
    )
    last = movements.select(pl.col("day").max()).item()
    is_told = history["history_days"].is_not_null()
    is_test = book.is_test[is_told.to_numpy()] if book.is_test is not None else np.empty(0)
    has_test = 0 < int(is_test.sum()) < is_test.size
    features = book.features.hstack(history.drop("account_id", "day"))
    return LoanBook(
        "berka_with_history",
        "Loans of a Czech bank, with the transactions of the time before",
        features.filter(is_told),
        book.outcome[is_told.to_numpy()],
        is_test if has_test else None,
        (
            f"{int(is_told.sum())} loans have transactions before them in the file that is there, "
            f"which ends on {last}; of a loan granted later, features are those of that day.",
            *book.notes,
        ),
    )


def berka_without_history(folder: Path) -> LoanBook:
    """The same loans without features of their transactions, for a comparison."""
    book = berka_with_history(folder)
    return replace(
        book,
        name="berka_without_history",
        title="The same loans of a Czech bank, transactions left out",
        features=book.features.drop(HISTORY),
    )


LOADERS: Mapping[str, Callable[[Path], LoanBook]] = {
    "german": german,
    "german_with_gaps": german_with_gaps,
    "taiwan": taiwan,
    "berka": berka,
    "berka_without_orders": berka_without_orders,
    "berka_with_history": berka_with_history,
    "berka_without_history": berka_without_history,
}
"""Loaders by name."""


def _berka(folder: Path, name: str, *, with_orders: bool) -> LoanBook:
    loans = _czech_loans(folder)
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


def _czech_loans(folder: Path) -> pl.DataFrame:
    """Loans by the day on which they were granted."""
    return _czech(folder, "loan").sort("date", "loan_id")


def _movements(folder: Path) -> pl.DataFrame:
    """Transactions in their order: account, day, signed amount, balance after it.

    The whole table where it is there, plain or compressed, or else its published beginning.
    """
    names = ("trans.asc", "trans.asc.gz", "trans_prefix.asc.gz")
    found = [name for name in names if (folder / "berka" / name).is_file()]
    path = _file(folder, f"berka/{found[0] if found else names[0]}")
    table = pl.read_csv(
        path,
        separator=";",
        columns=["trans_id", "account_id", "date", "type", "amount", "balance"],
        schema_overrides={"amount": pl.Float64, "balance": pl.Float64},
    )
    is_inflow = pl.col("type") == "PRIJEM"
    return table.sort("date", maintain_order=True).select(
        "account_id",
        day=_day("date"),
        amount=pl.when(is_inflow).then("amount").otherwise(-pl.col("amount")),
        balance=pl.col("balance"),
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
