"""Payments of this moment are transactions of the bank's accounts, as far as there is money."""

from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest

from finplatform.contracts.events import Transactions
from finplatform.errors import FinplatformError
from finplatform.simulate.traffic import Traffic

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
MERCHANTS = pl.DataFrame({"merchant_id": ["M1", "M2"], "category": ["GROCERY", "TRAVEL"]})


def accounts(*rooms: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "account_id": [f"A{number}" for number in range(len(rooms))],
            "currency": ["USD"] * len(rooms),
            "room": [Decimal(room) for room in rooms],
        },
        schema_overrides={"room": pl.Decimal(18, 2)},
    )


def test_payments_keep_the_contract_of_transactions() -> None:
    found = Traffic(accounts("100000", "5"), MERCHANTS, 1).payments(300, AT)
    schema = Transactions.to_schema()
    whole = found.with_columns(
        transaction_id=pl.int_range(pl.len()).cast(pl.String),
        description=pl.lit(None, pl.String),
        reference_number=pl.lit(None, pl.String),
        counterparty_account=pl.lit(None, pl.String),
    )
    schema.validate(whole.select(list(schema.columns)))
    assert found["transaction_date"].unique().to_list() == [AT]


def test_the_same_seed_gives_the_same_payments() -> None:
    one, same, other = (
        Traffic(accounts("1000", "1000"), MERCHANTS, seed).payments(50, AT) for seed in (1, 1, 2)
    )
    assert one.equals(same)
    assert not one.equals(other)


def test_nobody_pays_more_than_there_is() -> None:
    traffic = Traffic(accounts("500", "0"), MERCHANTS, 1)
    found = pl.concat([traffic.payments(40, AT) for _ in range(10)])
    paid = found.filter(pl.col("status") == "COMPLETED")
    assert 0 < paid["amount"].sum() <= 500
    assert paid["account_id"].unique().to_list() == ["A0"]
    refused = found.filter(pl.col("status") == "FAILED")
    assert refused["decline_reason"].unique().to_list() == ["INSUFFICIENT_FUNDS"]


@pytest.mark.parametrize(
    ("some", "shops"), [(accounts(), MERCHANTS), (accounts("1"), MERCHANTS[:0])]
)
def test_without_accounts_or_merchants_nothing_can_be_paid(
    some: pl.DataFrame, shops: pl.DataFrame
) -> None:
    with pytest.raises(FinplatformError, match="could pay"):
        Traffic(some, shops, 1)
