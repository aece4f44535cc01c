from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import polars as pl
import pytest

from finplatform.simulate import Bank, SimulationConfig
from finplatform.simulate.world import World, build_world
from finplatform_tests.unit.simulate.conftest import CONFIG


@pytest.fixture(scope="module")
def plan(bank: Bank) -> pl.DataFrame:
    return bank.table("loan_payments").join(bank.table("loans"), on="loan_id", suffix="_loan")


def test_instalments_split_into_interest_and_principal_to_the_cent(plan: pl.DataFrame) -> None:
    rows = plan.sort("loan_id", "installment_number").to_dicts()
    followed = 0
    for before, row in pairwise(rows):
        if before["loan_id"] != row["loan_id"]:
            continue
        owed = before["outstanding_principal"]
        interest = (owed * row["interest_rate"] / 12).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert row["interest_component"] == interest
        assert row["outstanding_principal"] == owed - row["principal_component"]
        whole = row["principal_component"] + row["interest_component"]
        assert row["scheduled_amount"] == whole
        if row["installment_number"] < row["term_months"]:
            assert whole == before["scheduled_amount"]
        followed += 1
    assert followed > 1_000
    final = plan.filter(pl.col("installment_number") == pl.col("term_months"))
    assert len(final) > 0
    assert final["outstanding_principal"].unique().to_list() == [Decimal(0)]


def test_a_loan_seen_from_its_first_to_its_last_instalment_repays_its_principal() -> None:
    long = SimulationConfig(customers=400, transactions=90_000, start=date(2021, 1, 1))
    world = build_world(long)
    rows, loans = world.instalments, world.loans
    whole = [
        rows.principal[rows.loan == loan].sum() - loans.principal[loan]
        for loan in range(len(loans))
        if (rows.loan == loan).sum() == loans.term[loan]
    ]
    assert len(whole) > 0
    assert set(whole) == {0}


def test_every_instalment_due_in_the_span_has_one_row(bank: Bank, plan: pl.DataFrame) -> None:
    due = plan.select("loan_id", "due_date", "installment_number", "origination_date")
    months = (
        (pl.col("due_date").dt.year() - pl.col("origination_date").dt.year()) * 12
        + pl.col("due_date").dt.month()
        - pl.col("origination_date").dt.month()
    )
    assert due.filter(months.cast(pl.Int16) != pl.col("installment_number")).is_empty()
    assert due["due_date"].is_between(CONFIG.start, CONFIG.end).all()
    counted = due.group_by("loan_id").agg(
        pl.len(),
        (pl.col("installment_number").max() - pl.col("installment_number").min() + 1)
        .cast(pl.UInt32)
        .alias("span"),
    )
    assert (counted["len"] == counted["span"]).all()


def test_what_was_paid_left_the_account_on_that_day(
    bank: Bank, transactions: pl.DataFrame, plan: pl.DataFrame
) -> None:
    moved = transactions.filter(pl.col("transaction_type") == "LOAN_PAYMENT").select(
        "account_id",
        "amount",
        "status",
        payment_id=pl.col("reference_number").str.strip_prefix("LP").cast(pl.Int64),
        day=pl.col("transaction_date").dt.date(),
    )
    paid = plan.filter(pl.col("paid_amount") > 0)
    joined = paid.join(moved, on="payment_id", how="full", suffix="_moved")
    assert len(joined) == len(paid) == len(moved)
    assert (joined["paid_amount"] == joined["amount"]).all()
    assert (joined["payment_date"] == joined["day"]).all()
    assert (joined["account_id"] == joined["account_id_moved"]).all()
    assert joined["status_moved"].unique().to_list() == ["COMPLETED"]


def test_default_falls_on_the_first_day_over_90_days_late(bank: Bank) -> None:
    world = build_world(SimulationConfig(customers=1_500, transactions=200_000, seed=3))
    start, end = world.calendar.start, world.calendar.end
    fell = [loan for loan, day in enumerate(world.defaults.day) if start + 91 <= day <= end]
    assert len(fell) > 30
    for loan in fell:
        mine = world.instalments.loan == loan
        number, due = world.instalments.number[mine], world.instalments.due[mine]
        day = world.defaults.day[loan]
        on_time = world.instalments.paid_on[mine] < day
        unpaid = due[~on_time & (due < day)]
        assert unpaid.min() == day - 91
        assert number[due == unpaid.min()][0] == world.defaults.first_missed[loan]


def test_statuses_say_what_happened(plan: pl.DataFrame) -> None:
    full = plan["paid_amount"] == plan["scheduled_amount"]
    late = plan["payment_date"] > plan["due_date"]
    status = plan["status"]
    assert (status.is_in(["PAID", "LATE"]) == (full & (status != "PARTIAL"))).all()
    assert (
        plan.filter(status == "LATE")
        .select(
            (pl.col("payment_date") - pl.col("due_date")).is_between(
                timedelta(days=1), timedelta(days=90)
            )
        )
        .to_series()
        .all()
    )
    assert not late.filter(status == "PAID").any()
    regular = plan.filter(status.is_in(["PAID", "LATE"])).sort("loan_id", "installment_number")
    backwards = pl.col("payment_date") < pl.col("payment_date").shift(1).over("loan_id")
    assert regular.filter(backwards).is_empty()
    assert plan.filter(status.is_in(["DUE", "MISSED"]))["paid_amount"].max() == Decimal(0)


def test_losses_differ_by_collateral() -> None:
    world: World = build_world(SimulationConfig(customers=6_000, transactions=600_000, seed=4))
    exposure, back = world.losses.exposure, world.losses.recovered
    assert (back <= exposure).all()
    share = {
        kind: 1 - back[mine].sum() / exposure[mine].sum()
        for kind in range(4)
        if (mine := (world.loans.kind == kind) & (exposure > 0)).any()
    }
    mortgage, personal, auto, _ = (share[kind] for kind in range(4))
    assert 0.03 < mortgage < 0.30 < auto + 0.1
    assert auto < personal
    assert 0.5 < personal < 0.9
