"""Refused transactions say why, in codes that fit what was asked for."""

import polars as pl

from finplatform.oltp.codes import DECLINE_REASONS
from finplatform.simulate import Bank


def test_who_is_refused_has_a_reason_and_nobody_else(transactions: pl.DataFrame) -> None:
    is_failed = pl.col("status") == "FAILED"
    assert transactions.filter(is_failed != pl.col("decline_reason").is_not_null()).is_empty()
    failed = transactions.filter(is_failed)
    assert set(failed["decline_reason"]) <= set(DECLINE_REASONS)
    assert failed["decline_reason"].n_unique() >= 5


def test_reasons_fit_the_account_and_what_was_asked_for(
    bank: Bank, transactions: pl.DataFrame
) -> None:
    failed = transactions.filter(pl.col("status") == "FAILED").join(
        bank.table("accounts").select("account_id", "account_type"), on="account_id"
    )
    by_reason = {
        reason: part for (reason,), part in failed.group_by("decline_reason", maintain_order=True)
    }
    assert set(by_reason["EXCEEDS_LIMIT"]["account_type"]) == {"CREDIT_CARD"}
    assert "CREDIT_CARD" not in set(by_reason["INSUFFICIENT_FUNDS"]["account_type"])
    pin = by_reason["INCORRECT_PIN"]
    assert set(pin["transaction_type"]) <= {"CARD_PAYMENT", "WITHDRAWAL"}
    assert "ONLINE" not in set(pin["channel"])
    assert set(by_reason["EXPIRED_CARD"]["transaction_type"]) <= {"CARD_PAYMENT", "WITHDRAWAL"}


def test_the_largest_reason_is_money(transactions: pl.DataFrame) -> None:
    counts = dict(transactions["decline_reason"].drop_nulls().value_counts().iter_rows())
    short = counts["INSUFFICIENT_FUNDS"] + counts["EXCEEDS_LIMIT"]
    assert short > 0.2 * sum(counts.values())
