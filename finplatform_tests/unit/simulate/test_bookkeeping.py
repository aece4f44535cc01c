"""The general ledger balances, rolls forward, and agrees with the book it is kept for."""

from datetime import date

import polars as pl
import pytest

from finplatform.contracts import oversight
from finplatform.simulate import Bank, SimulationConfig, chart_of_accounts, generate
from finplatform.simulate.bookkeeping import loan_book
from finplatform.simulate.own_funds import report_days

CENT = pl.col("closing_balance")


@pytest.fixture(
    scope="module",
    params=[
        (1, date(2024, 1, 1), date(2025, 12, 31)),
        (2, date(2023, 8, 14), date(2025, 3, 20)),
        (3, date(2024, 12, 2), date(2025, 2, 28)),
    ],
    ids=["calendar_years", "broken_months", "quarter"],
)
def kept_bank(request: pytest.FixtureRequest) -> Bank:
    seed, start, end = request.param
    days = (end - start).days
    return generate(
        SimulationConfig(
            customers=250, transactions=max(30 * days, 4_000), start=start, end=end, seed=seed
        )
    )


@pytest.fixture
def books(kept_bank: Bank) -> pl.DataFrame:
    return kept_bank.ledger_balances()


def _closing(books: pl.DataFrame, *codes: int) -> pl.DataFrame:
    """Sum of some accounts' closing balances by month end."""
    wanted = [str(code) for code in codes]
    chosen = books.filter(pl.col("account_code").is_in(wanted))
    return chosen.group_by("report_date").agg(CENT.sum()).sort("report_date")


def test_the_books_balance_to_the_cent_every_month(books: pl.DataFrame) -> None:
    sums = books.group_by("report_date").agg(
        CENT.sum(), posted=pl.col("debit_amount").sum() - pl.col("credit_amount").sum()
    )
    assert (sums["closing_balance"] == 0).all()
    assert (sums["posted"] == 0).all()


def test_every_account_rolls_forward(books: pl.DataFrame) -> None:
    moved = pl.col("opening_balance") + pl.col("debit_amount") - pl.col("credit_amount")
    assert books.select((moved == CENT).all()).item()
    previous = CENT.shift().over("account_code", order_by="report_date")
    assert books.select((previous == pl.col("opening_balance")).drop_nulls().all()).item()
    assert (books["debit_amount"] >= 0).all()
    assert (books["credit_amount"] >= 0).all()


def test_cards_and_deposits_are_those_of_the_accounts(kept_bank: Bank, books: pl.DataFrame) -> None:
    outcome = kept_bank.outcome
    deposits = _closing(books, chart_of_accounts.CURRENT, chart_of_accounts.SAVINGS)[
        "closing_balance"
    ]
    assert [-int(value * 100) for value in deposits] == outcome.deposits[: len(deposits)]
    drawn = _closing(books, chart_of_accounts.CARDS)["closing_balance"]
    assert [int(value * 100) for value in drawn] == outcome.drawn[: len(drawn)]


def test_all_account_balances_are_in_the_books(kept_bank: Bank, books: pl.DataFrame) -> None:
    if kept_bank.config.end != books["report_date"].max():
        return  # the span ends within a month, which the books do not hold
    held = _closing(
        books,
        chart_of_accounts.CURRENT,
        chart_of_accounts.SAVINGS,
        chart_of_accounts.CARD_CREDIT,
        chart_of_accounts.CARDS,
        chart_of_accounts.OVERDRAFTS,
    )["closing_balance"][-1]
    assert held == -kept_bank.table("accounts")["balance"].sum()


def test_loans_and_allowance_are_those_of_the_loan_table(
    kept_bank: Bank, books: pl.DataFrame
) -> None:
    versions = kept_bank.changes("loans").sort("_changed_at")
    for day, gross in _closing(books, *chart_of_accounts.LOAN_ACCOUNTS).iter_rows():
        known = versions.filter(pl.col("_changed_at").dt.date() <= day)
        state = known.unique("loan_id", keep="last", maintain_order=True)
        assert gross == state["outstanding_principal"].sum()
        (allowance,) = _closing(
            books.filter(pl.col("report_date") == day), chart_of_accounts.ALLOWANCE
        )["closing_balance"]
        assert -allowance == state["specific_provision"].sum()


def test_nothing_is_written_off_that_was_not_owed(books: pl.DataFrame) -> None:
    loans = books.filter(
        pl.col("account_code").is_in([str(c) for c in chart_of_accounts.LOAN_ACCOUNTS])
    )
    assert (loans["closing_balance"] >= 0).all()
    allowance = books.filter(pl.col("account_code") == str(chart_of_accounts.ALLOWANCE))
    assert (allowance["closing_balance"] <= 0).all()


def test_loans_of_before_the_span_are_not_granted_again(kept_bank: Bank) -> None:
    world = kept_bank.world
    ends = report_days(world.calendar)
    book = loan_book(world, kept_bank._states, ends)
    if not (world.losses.written_off <= ends[0]).any():
        assert book.written_off[0].sum() == 0


def test_capital_is_that_of_the_own_funds(kept_bank: Bank, books: pl.DataFrame) -> None:
    funds = kept_bank.own_funds().pivot(on="component", index="report_date", values="amount")
    lines = {
        "CET1_INSTRUMENTS": [chart_of_accounts.SHARES],
        "AT1_INSTRUMENTS": [chart_of_accounts.TIER1_NOTES],
        "T2_INSTRUMENTS": [chart_of_accounts.NOTES],
        "RETAINED_EARNINGS": [
            chart_of_accounts.RETAINED,
            *(a.code for a in chart_of_accounts.CHART if a.is_result),
        ],
    }
    for component, codes in lines.items():
        assert (-_closing(books, *codes)["closing_balance"] == funds[component]).all(), component
    intangibles = _closing(books, chart_of_accounts.INTANGIBLES)["closing_balance"]
    assert (intangibles == funds["CET1_DEDUCTIONS"]).all()


def test_the_year_begins_without_a_result(books: pl.DataFrame) -> None:
    for account in chart_of_accounts.CHART:
        rows = books.filter(pl.col("account_code") == str(account.code)).sort("report_date")
        if account.is_result:
            january = rows.filter(pl.col("report_date").dt.month() == 1)
            month = pl.col("closing_balance").abs() <= (
                pl.max_horizontal("debit_amount", "credit_amount")
            )
            assert january.select(month.all()).item()


def test_the_bank_is_solvent_liquid_and_earns_interest(books: pl.DataFrame) -> None:
    assert (_closing(books, chart_of_accounts.CASH)["closing_balance"] > 0).all()
    assert (_closing(books, chart_of_accounts.SECURITIES)["closing_balance"] >= 0).all()
    assert (_closing(books, chart_of_accounts.BORROWINGS)["closing_balance"] <= 0).all()
    costs = books.filter(
        pl.col("account_code").is_in(
            [str(chart_of_accounts.STAFF), str(chart_of_accounts.LOAN_INTEREST)]
        )
    )
    earned = costs.pivot(on="account_code", index="report_date", values="closing_balance")
    assert (earned[str(chart_of_accounts.STAFF)] > 0).all()
    assert (earned[str(chart_of_accounts.LOAN_INTEREST)] < 0).all()


def test_equal_banks_keep_equal_books(kept_bank: Bank, books: pl.DataFrame) -> None:
    assert generate(kept_bank.config).ledger_balances().equals(books)


def test_the_types_are_those_of_the_contract() -> None:
    assert chart_of_accounts.ACCOUNT_TYPES == oversight.LEDGER_TYPES
    assert [a.code for a in chart_of_accounts.CHART] == sorted(
        {a.code for a in chart_of_accounts.CHART}
    )
