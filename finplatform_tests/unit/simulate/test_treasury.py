"""The bank is run within its limits: capital, cost, trading, liquidity, whatever customers do."""

import numpy as np
import pytest

from finplatform.simulate.treasury import Customers, Finances, run_bank

MONTHS = 36
LOANS = 9_000_000_000


def _customers(growth: float = 0.004, loss_rate: float = 0.004) -> Customers:
    loans = (LOANS * (1 + growth) ** np.arange(MONTHS + 1)).astype(np.int64)
    deposits = (loans * 0.95).astype(np.int64)
    return Customers(
        month=np.arange(648, 648 + MONTHS),
        funded=loans - deposits,
        earning=np.zeros(MONTHS + 1, dtype=np.int64),
        deposits=deposits,
        loans=loans,
        revenue=(loans[1:] * 0.04 / 12).astype(np.int64),
        losses=(loans[1:] * loss_rate / 12).astype(np.int64),
        depreciation=np.full(MONTHS, 10_000),
        weighted=loans[1:] * 0.45,
        policy_rate=np.full(MONTHS, 3.0),
    )


@pytest.fixture(scope="module", params=[(0.004, 0.004), (0.02, 0.02), (-0.01, 0.0)])
def run(request: pytest.FixtureRequest) -> tuple[Customers, Finances]:
    customers = _customers(*request.param)
    return customers, run_bank(customers, np.random.default_rng(4))


def test_common_equity_stays_near_its_target(run: tuple[Customers, Finances]) -> None:
    customers, finances = run
    equity = finances.shares + finances.retained - finances.deductions
    ratio = equity[1:] / customers.weighted
    # A step of round sums below the lower limit, or a dividend down to the upper one, at each end.
    assert ratio.min() > 0.1510
    assert ratio.max() < 0.1546


def test_cost_follows_income_and_trading_stays_within_what_is_held(
    run: tuple[Customers, Finances],
) -> None:
    customers, finances = run
    income = customers.revenue + finances.income - finances.funding_cost
    share = (finances.cost + customers.depreciation) / income
    assert 0.52 < share.mean() < 0.58
    assert (np.abs(finances.trading) < 0.02 * finances.traded[:-1]).all()
    assert np.abs(finances.trading).max() > 0


def test_the_balance_sheet_holds_and_cash_is_at_hand(run: tuple[Customers, Finances]) -> None:
    customers, finances = run
    capital = finances.shares + finances.retained - finances.deductions
    capital = capital + finances.tier1 + finances.tier2 + finances.tax_owed
    assert (finances.liquid == capital - customers.funded).all()
    held = finances.securities + finances.traded
    cash = finances.liquid + finances.borrowed - held
    assert (cash > 0.08 * customers.deposits).all()
    assert (finances.borrowed >= 0).all()
    assert (held >= 0).all()


def test_retained_earnings_move_by_result_tax_and_dividends(
    run: tuple[Customers, Finances],
) -> None:
    customers, finances = run
    before_tax = (
        customers.revenue + finances.income - finances.funding_cost - finances.cost
        - customers.depreciation - customers.losses + finances.trading
    )  # fmt: skip
    moved = np.diff(finances.retained)
    assert (moved == before_tax - finances.tax - finances.paid_out).all()
    assert (finances.tax >= 0).all()
