import json
from datetime import UTC, datetime, time
from decimal import Decimal

import numpy as np
import polars as pl

from finplatform.simulate import Bank
from finplatform_tests.unit.simulate.conftest import CONFIG


def _cents(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns((pl.col("balance") * 100).cast(pl.Int64))


def test_each_balance_is_the_sum_of_its_rows_to_the_cent(bank: Bank, ledger: pl.DataFrame) -> None:
    sums = ledger.group_by("account_id").agg(pl.col("effect").sum())
    joined = _cents(bank.table("accounts")).join(sums, on="account_id", how="left")
    assert joined.filter(pl.col("balance") != pl.col("effect").fill_null(0)).is_empty()


def test_each_journaled_balance_is_the_closing_balance_of_its_day(
    bank: Bank, ledger: pl.DataFrame
) -> None:
    journal = bank.table("change_journal").filter(pl.col("table_name") == "accounts")
    changes = journal.select(
        "op",
        "changed_at",
        account_id="entity_id",
        balance=(
            pl.col("row_data").str.json_path_match("$.balance").cast(pl.Decimal(18, 2)) * 100
        ).cast(pl.Int64),
    ).sort("changed_at")
    running = ledger.sort("at").with_columns(total=pl.col("effect").cum_sum().over("account_id"))
    matched = changes.join_asof(
        running, left_on="changed_at", right_on="at", by="account_id", check_sortedness=False
    )
    assert matched.filter(pl.col("balance") != pl.col("total").fill_null(0)).is_empty()
    stamps = matched.filter(pl.col("op") != "r")["changed_at"].dt.time().unique().to_list()
    assert stamps == [time(23, 59, 59)]
    night = datetime.combine(CONFIG.end, time(23, 59, 59), UTC)
    last = changes.filter(pl.col("changed_at") == night)["account_id"]
    still_open = bank.table("accounts").filter(pl.col("status") != "CLOSED")["account_id"]
    assert set(still_open) <= set(last)


def test_accounts_older_than_the_span_open_it_with_one_balance_row(
    bank: Bank, transactions: pl.DataFrame
) -> None:
    opening = transactions.filter(pl.col("transaction_type") == "OPENING_BALANCE")
    old = bank.table("accounts").filter(pl.col("opening_date") < CONFIG.start)
    midnight = datetime.combine(CONFIG.start, time(), UTC)
    assert opening["transaction_date"].unique().to_list() == [midnight]
    assert opening["account_id"].sort().to_list() == old["account_id"].sort().to_list()
    cards = old.filter(pl.col("account_type") == "CREDIT_CARD")["account_id"]
    of_cards = opening.filter(pl.col("account_id").is_in(cards.implode()))
    assert of_cards["amount"].max() == Decimal(0)


def test_nothing_moves_before_an_account_opens_or_once_it_is_closed(
    bank: Bank, transactions: pl.DataFrame
) -> None:
    joined = transactions.join(bank.table("accounts"), on="account_id").with_columns(
        day=pl.col("transaction_date").dt.date()
    )
    early = joined.filter(pl.col("day") <= pl.col("opening_date"))
    late = joined.filter(pl.col("day") > pl.col("closing_date"))
    assert early.is_empty()
    assert late.is_empty()


def test_closed_accounts_end_at_zero(bank: Bank) -> None:
    closed = bank.table("accounts").filter(pl.col("status") == "CLOSED")
    assert len(closed) > 5
    assert closed["balance"].unique().to_list() == [Decimal(0)]
    assert closed["closing_date"].null_count() == 0


def test_deposit_accounts_seldom_fall_below_zero_and_cards_stay_near_their_limit(
    bank: Bank, ledger: pl.DataFrame
) -> None:
    running = ledger.sort("at").with_columns(total=pl.col("effect").cum_sum().over("account_id"))
    joined = running.join(bank.table("accounts"), on="account_id")
    deposits = joined.filter(pl.col("account_type") != "CREDIT_CARD")
    cards = joined.filter(pl.col("account_type") == "CREDIT_CARD")
    limit = (pl.col("credit_limit") * 100).cast(pl.Int64)
    assert (deposits["total"] < 0).mean() < 0.05
    assert (deposits["total"] < -50_000).mean() < 0.002
    assert 0.7 < (cards["total"] < 0).mean() < 1
    # Those that are paid no longer bear interest and fees beyond it until they are charged off.
    stopped = np.flatnonzero(bank.world.card_defaults.stops_in < bank.world.calendar.months)
    bad = pl.col("account_id").is_in([f"A{number + 1:07d}" for number in stopped])
    paid = cards.filter(~bad)
    assert paid.filter(pl.col("total") < -1.1 * limit - 10_000).height < 0.001 * len(paid)
    assert cards.filter(bad & (pl.col("total") < -1.9 * limit - 10_000)).is_empty()


def test_transfers_between_customers_have_two_legs_with_one_reference(
    bank: Bank, transactions: pl.DataFrame
) -> None:
    own = bank.table("accounts").select("account_id", counterparty_account="account_number")
    inside = transactions.join(own, on="counterparty_account", suffix="_other").filter(
        pl.col("status") == "COMPLETED"
    )
    legs = inside.group_by("reference_number").agg(
        pl.len(),
        pl.col("amount").n_unique().alias("amounts"),
        pl.col("transaction_type").sort().alias("kinds"),
        (pl.col("account_id").sort() == pl.col("account_id_other").sort()).all().alias("mirror"),
    )
    assert len(legs) > 100
    assert legs.filter(
        (pl.col("len") != 2) | (pl.col("amounts") != 1) | ~pl.col("mirror")
    ).is_empty()
    assert legs["kinds"].unique().to_list() == [["TRANSFER_IN", "TRANSFER_OUT"]]


def test_the_journal_ends_where_the_tables_stand(bank: Bank) -> None:
    journal = bank.table("change_journal")
    assert journal["journal_id"].to_list() == list(range(1, len(journal) + 1))
    assert journal["changed_at"].is_sorted()
    first = journal.group_by("table_name", "entity_id").agg(pl.col("op", "changed_at").first())
    assert set(first["op"]) == {"r", "c"}
    last = journal.group_by("table_name", "entity_id").agg(pl.col("op", "row_data").last())
    for name in ("branches", "products", "merchants", "customers", "accounts", "loans"):
        table = bank.table(name)
        key = table.columns[0]
        kept = last.filter((pl.col("table_name") == name) & (pl.col("op") != "d"))
        versions = {row["entity_id"]: row["row_data"] for row in kept.to_dicts()}
        assert set(versions) == set(table[key])
        for row in table.to_dicts():
            stored = json.loads(versions[row[key]], parse_float=Decimal)
            assert {k: str(v) for k, v in stored.items()} == {k: str(v) for k, v in row.items()}


def test_customers_who_vanish_leave_no_rows_behind(bank: Bank) -> None:
    journal = bank.table("change_journal")
    gone = journal.filter((pl.col("table_name") == "customers") & (pl.col("op") == "d"))
    assert len(gone) >= 1
    for name in ("customers", "accounts", "loans", "risk_assessments"):
        left = bank.table(name).filter(pl.col("customer_id").is_in(gone["entity_id"].implode()))
        assert left.is_empty()
