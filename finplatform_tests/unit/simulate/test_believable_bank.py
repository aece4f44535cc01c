"""The default bank lies where real banks do on other seeds and days, as far as its frames show it.

What needs risk models (weights, ratios, expected losses) is measured on built banks, by
`benchmarks.believable_bank` and the check `figures_are_believable`.
"""

from datetime import date, timedelta

import polars as pl
import pytest

from finplatform.bench.bank_figures import benchmarks
from finplatform.cli.simulate import configure
from finplatform.simulate import Bank, generate

BANKS = [
    (42, date(2024, 2, 29)),
    (7, date(2025, 12, 31)),
    (11, date(2026, 10, 1)),
    (23, date(2026, 10, 31)),
]
RANGES = {
    row["figure"]: tuple(float(row[end]) * float(row["scale"]) for end in ("low", "high"))
    for row in benchmarks()
}
FRAUDS = {
    "CARD_PAYMENT": ("card_fraud_value", "card_fraud_number"),
    "TRANSFER_OUT": ("transfer_fraud_value", None),
}


def default_bank(seed: int, end: date) -> Bank:
    return generate(configure(2_000, 200_000, None, end, seed))


def loans_at(bank: Bank, day: date) -> pl.DataFrame:
    """Loans as they stood on the evening of a day."""
    return (
        bank.changes("loans")
        .filter(pl.col("_changed_at").dt.date() <= day, pl.col("origination_date") <= day)
        .sort("_changed_at", maintain_order=True)
        .unique("loan_id", keep="last")
        .with_columns(pl.col("outstanding_principal", "specific_provision").cast(pl.Float64))
    )


@pytest.fixture(scope="module", params=BANKS, ids=lambda bank: f"{bank[0]}-{bank[1]}")
def figures(request: pytest.FixtureRequest) -> dict[str, float]:
    bank = default_bank(*request.param)
    payments = pl.concat(
        part.filter(
            pl.col("status") == "COMPLETED", pl.col("transaction_type").is_in(list(FRAUDS))
        ).select(
            pl.col("transaction_id").cast(pl.String),
            "transaction_type",
            pl.col("amount").cast(pl.Float64),
        )
        for part in bank.transactions()
    )
    confirmed = bank.fraud_alerts().filter(pl.col("outcome") == "CONFIRMED_FRAUD")
    books = bank.ledger_balances().with_columns(pl.col("closing_balance").cast(pl.Float64))
    last = books["report_date"].max()
    assert isinstance(last, date)
    held = books.filter(pl.col("report_date") == last)
    assets = held.filter(pl.col("account_type") == "ASSET")["closing_balance"].sum()
    group = dict(held.group_by("account_group").agg(pl.col("closing_balance").sum()).iter_rows())
    year_before = pl.Series([last + timedelta(days=1)]).dt.offset_by("-12mo")[0]
    now, then = loans_at(bank, last), loans_at(bank, year_before - timedelta(days=1))
    bad = now.filter(pl.col("status") == "DEFAULTED")
    paid = then.filter(pl.col("status") == "ACTIVE", pl.col("outstanding_principal") > 0)
    fell = (
        bank.changes("loans")
        .filter(pl.col("status") == "DEFAULTED", pl.col("_changed_at").dt.date() <= last)
        .select("loan_id")
    )
    homes = paid.filter(pl.col("loan_type") == "MORTGAGE")
    found = {
        "default_rate_mortgages": homes.join(fell, on="loan_id", how="semi").height / homes.height,
        "default_rate": paid.join(fell, on="loan_id", how="semi").height / paid.height,
        "defaulted_share": bad["outstanding_principal"].sum() / group["LOANS"],
        "coverage": bad["specific_provision"].sum() / bad["outstanding_principal"].sum(),
        "loans_to_deposits": group["LOANS"] / -group["DEPOSITS"],
        "liquid_share": (group["CASH"] + group["SECURITIES"] + group["TRADING_ASSETS"]) / assets,
    }
    for kind, (value, number) in FRAUDS.items():
        part = payments.filter(pl.col("transaction_type") == kind)
        fraud = part.join(confirmed, on="transaction_id", how="semi")
        found[value] = fraud["amount"].sum() / part["amount"].sum()
        if number:
            found[number] = fraud.height / part.height
    return found


def test_figures_of_other_seeds_and_days_lie_in_the_ranges_of_real_banks(
    figures: dict[str, float],
) -> None:
    outside = {
        name: (value, RANGES[name])
        for name, value in figures.items()
        if not RANGES[name][0] <= value <= RANGES[name][1]
    }
    assert not outside


def books_of(bank: Bank, day: date) -> dict[str, float]:
    """Closing balances of the account groups at a month's end."""
    books = bank.ledger_balances().filter(pl.col("report_date") == day)
    sums = books.group_by("account_group").agg(pl.col("closing_balance").cast(pl.Float64).sum())
    return dict(sums.iter_rows())


def test_another_last_day_moves_the_books_by_a_day() -> None:
    """A month more or fewer in the span, with another first day, and loans are nearly the same."""
    spans = (
        (date(2024, 10, 31), date(2026, 10, 30)),
        (date(2024, 11, 1), date(2026, 10, 31)),
        (date(2024, 11, 2), date(2026, 11, 1)),
    )
    banks = (generate(configure(2_000, 200_000, *span, 7)) for span in spans)
    kept = [books_of(bank, date(2026, 9, 30)) for bank in banks]
    for other in (kept[0], kept[2]):
        assert other["LOANS"] == pytest.approx(kept[1]["LOANS"], rel=0.02)
        assert other["DEPOSITS"] == pytest.approx(kept[1]["DEPOSITS"], rel=0.05)


def test_ends_of_one_month_have_nearly_the_same_books() -> None:
    ends = (date(2026, 10, 30), date(2026, 10, 31))
    earlier, later = (books_of(default_bank(7, end), date(2026, 9, 30)) for end in ends)
    assert earlier["LOANS"] == pytest.approx(later["LOANS"], rel=0.01)
    assert earlier["DEPOSITS"] == pytest.approx(later["DEPOSITS"], rel=0.02)
