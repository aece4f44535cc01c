"""Cards that are paid no longer: how use rises, when default comes, what the books say of it."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from finplatform.simulate import Bank, SimulationConfig, generate
from finplatform.simulate.accounts import CREDIT_CARD
from finplatform.simulate.card_arrears import CardDefaults
from finplatform.simulate.chart_of_accounts import CARDS

# Enough cards for some dozens of defaults.
CONFIG = SimulationConfig(
    customers=3_000, transactions=225_000, start=date(2024, 1, 1), end=date(2025, 12, 31), seed=4
)
CREDITS = (
    "OPENING_BALANCE", "DEPOSIT", "SALARY", "TRANSFER_IN", "INTEREST", "REFUND",
    "LOAN_DISBURSEMENT",
)  # fmt: skip


@pytest.fixture(scope="module")
def cards() -> Bank:
    return generate(CONFIG)


@pytest.fixture(scope="module")
def movements(cards: Bank) -> pl.DataFrame:
    """Completed rows of cards that stop being paid: account, day, effect, description."""
    defaults = cards.world.card_defaults
    bad = [f"A{number + 1:07d}" for number in np.flatnonzero(_stops(defaults, cards))]
    rows = pl.concat(part.filter(pl.col("account_id").is_in(bad)) for part in cards.transactions())
    sign = pl.when(pl.col("transaction_type").is_in(CREDITS)).then(1).otherwise(-1)
    value = (pl.col("amount").cast(pl.Float64) * pl.col("exchange_rate").cast(pl.Float64)).round(2)
    return rows.filter(pl.col("status") == "COMPLETED").select(
        account=pl.col("account_id").str.slice(1).cast(pl.Int64) - 1,
        day=pl.col("transaction_date").dt.date().cast(pl.Int32),
        effect=sign * value - pl.col("fees").cast(pl.Float64),
        description=pl.col("description").str.to_uppercase().str.strip_chars(),
    )


def _stops(defaults: CardDefaults, bank: Bank) -> np.ndarray:
    return defaults.stops_in < bank.world.calendar.months


def _use(bank: Bank, movements: pl.DataFrame, ahead: int) -> np.ndarray:
    """Debt over limit some months after the first unpaid one (before it, if negative)."""
    defaults, calendar = bank.world.card_defaults, bank.world.calendar
    found = []
    for account in np.flatnonzero(_stops(defaults, bank)):
        month = int(defaults.stops_in[account]) + ahead
        if (
            not 0 <= month < calendar.months
            or defaults.written_off[account] <= calendar.last[month]
        ):
            continue
        upto = movements.filter(
            pl.col("account") == account, pl.col("day") <= int(calendar.last[month])
        )
        found.append(-upto["effect"].sum() * 100 / bank.world.accounts.limit[account])
    return np.array(found)


def test_as_many_cards_stop_as_the_hazard_says(cards: Bank) -> None:
    hazard = cards.truth("card_hazard")
    expected = hazard["hazard"].sum()
    assert abs(hazard["stops_in_month"].sum() - expected) < 1.001
    assert expected > 20


def test_use_of_the_limit_rises_before_the_last_payment_and_breaks_it_after(
    cards: Bank, movements: pl.DataFrame
) -> None:
    early, late = _use(cards, movements, -10).mean(), _use(cards, movements, -1).mean()
    assert early < 0.35
    assert late > early + 0.15
    for ahead in (0, 1, 2, 3):
        assert (_use(cards, movements, ahead) > 1).all(), ahead


def test_a_card_is_settled_for_its_share_and_the_rest_is_charged_off(
    cards: Bank, movements: pl.DataFrame
) -> None:
    truth = cards.truth("card_truth").drop_nulls("written_off_date")
    assert truth.height > 10
    assert set(truth["written_off_date"] > truth["default_date"]) == {True}
    last = movements.filter(
        pl.col("description").is_in(["CARD DEBT SETTLED", "CHARGE-OFF"])
    ).with_columns(is_back=pl.col("description") == "CARD DEBT SETTLED")
    sums = last.group_by("account").agg(
        share=pl.col("effect").filter("is_back").sum() / pl.col("effect").sum()
    )
    known = truth.with_columns(account=pl.col("account_id").str.slice(1).cast(pl.Int64) - 1)
    both = known.join(sums, on="account", how="inner")
    # A description that is spoilt in other ways than case and space hides a row or two.
    assert both.height >= truth.height - 2
    assert (both["share"] - both["recovered_share"]).abs().max() < 0.001
    left = movements.group_by("account").agg(pl.col("effect").sum())
    assert left.join(known, on="account")["effect"].abs().max() < 0.005


def test_the_books_lose_what_was_charged_off_and_carry_what_is_drawn(cards: Bank) -> None:
    ledger, outcome = cards.ledger_balances(), cards.outcome
    carried = ledger.filter(pl.col("account_code") == str(CARDS))["closing_balance"]
    assert [int(amount * 100) for amount in carried] == outcome.drawn[: len(carried)]
    charged = sum(flow.card_written_off for flow in outcome.flows)
    assert charged > 0
    assert ledger.group_by("report_date").agg(pl.col("closing_balance").sum())[
        "closing_balance"
    ].unique().to_list() == [0]


def test_cards_and_loans_of_a_customer_fall_together(cards: Bank) -> None:
    world = cards.world
    stops = _stops(world.card_defaults, cards)
    is_card = world.accounts.kind == CREDIT_CARD
    assert not stops[~is_card].any()
    frail = world.people.frailty[world.accounts.owner]
    assert frail[stops].mean() > frail[is_card & ~stops].mean() + 0.15
