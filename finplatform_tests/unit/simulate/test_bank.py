import hashlib
from collections.abc import Iterable

import polars as pl
import pytest
from sqlalchemy import CheckConstraint, Numeric, String, UniqueConstraint

from finplatform.errors import FinplatformError
from finplatform.oltp.models import Base
from finplatform.simulate import Bank, SimulationConfig, generate
from finplatform.simulate.bank import OLTP_TABLES
from finplatform.simulate.truth import TRUTH_TABLES
from finplatform_tests.unit.simulate.conftest import CONFIG

SMALL = {"customers": 120, "transactions": 9_000}
MODELS = {table.name: table for table in Base.metadata.sorted_tables}


def _digest(frames: Iterable[pl.DataFrame]) -> str:
    whole = hashlib.sha256()
    for frame in frames:
        whole.update(frame.write_csv(include_header=False).encode())
    return whole.hexdigest()


def _digests(bank: Bank) -> dict[str, str]:
    found = {name: _digest([bank.table(name)]) for name in OLTP_TABLES}
    found |= {name: _digest([bank.truth(name)]) for name in TRUTH_TABLES}
    return found


def test_equal_parameters_give_equal_bytes_whatever_is_asked_for_first() -> None:
    first, second = (generate(SimulationConfig(seed=5, **SMALL)) for _ in range(2))
    rows = _digest(first.transactions())
    tables = _digests(first)
    assert _digests(second) == tables
    assert _digest(second.transactions()) == rows


def test_the_batch_size_does_not_change_a_row() -> None:
    bank = generate(SimulationConfig(seed=5, **SMALL))
    batches = list(bank.transactions(batch_rows=777))
    assert max(map(len, batches)) <= 777
    assert _digest(batches) == _digest(bank.transactions())


def test_another_seed_gives_another_bank() -> None:
    one, other = (_digests(generate(SimulationConfig(seed=s, **SMALL))) for s in (5, 6))
    same = {name for name in one if one[name] == other[name]}
    assert same <= {"branches", "products", "regulatory_reports"}


def test_the_number_of_transactions_is_met_within_two_percent(transactions: pl.DataFrame) -> None:
    assert len(transactions) == pytest.approx(CONFIG.transactions, rel=0.02)


def test_transactions_come_in_order_of_time_and_number(transactions: pl.DataFrame) -> None:
    assert transactions["transaction_id"].to_list() == list(range(1, len(transactions) + 1))
    assert transactions["transaction_date"].is_sorted()
    days = transactions["transaction_date"].dt.date()
    assert days.min() == CONFIG.start
    assert days.max() == CONFIG.end


@pytest.mark.parametrize("name", [*OLTP_TABLES, "transactions"])
def test_every_rule_of_the_operational_schema_holds(
    name: str, bank: Bank, transactions: pl.DataFrame
) -> None:
    frame = transactions if name == "transactions" else bank.table(name)
    model = MODELS[name]
    assert frame.columns == [column.name for column in model.columns]
    for column in model.columns:
        values = frame[column.name]
        assert column.nullable or values.null_count() == 0, column.name
        if isinstance(column.type, String) and column.type.length:
            assert (values.str.len_chars().max() or 0) <= column.type.length, column.name
        if isinstance(column.type, Numeric):
            assert values.dtype == pl.Decimal(column.type.precision, column.type.scale)
    keys = [[column.name for column in model.primary_key.columns]]
    for constraint in model.constraints:
        if isinstance(constraint, UniqueConstraint):
            keys.append([column.name for column in constraint.columns])
        if isinstance(constraint, CheckConstraint):
            broken = frame.sql(f"select * from self where not ({constraint.sqltext})")
            assert broken.is_empty(), constraint.name
    for key in keys:
        assert frame.drop_nulls(key).select(key).is_duplicated().sum() == 0, key


def test_every_reference_points_at_a_row(bank: Bank, transactions: pl.DataFrame) -> None:
    frames = {name: bank.table(name) for name in OLTP_TABLES} | {"transactions": transactions}
    checked = 0
    for name, frame in frames.items():
        for key in MODELS[name].foreign_keys:
            target = frames[key.column.table.name][key.column.name]
            lost = frame[key.parent.name].drop_nulls().is_in(target.implode()).not_().sum()
            assert lost == 0, f"{name}.{key.parent.name}"
            checked += 1
    assert checked == 10


def test_unknown_tables_are_refused_by_name(bank: Bank) -> None:
    with pytest.raises(FinplatformError, match="payments2"):
        bank.table("payments2")
    with pytest.raises(FinplatformError, match="secrets"):
        bank.truth("secrets")
    with pytest.raises(FinplatformError, match="0 rows"):
        next(bank.transactions(batch_rows=0))


def test_no_word_of_the_operational_tables_is_kept_for_criminals(
    bank: Bank, transactions: pl.DataFrame
) -> None:
    guilty = pl.concat(
        [bank.truth(name)["transaction_id"] for name in ("fraud_labels", "laundering_labels")]
    )
    # A shop's name says nothing; every other text and every form of reference must be common.
    words = pl.when(pl.col("merchant_id").is_null()).then(
        pl.col("description").str.to_uppercase().str.replace_all(r"\s+", " ").str.strip_chars()
    )
    shape = transactions.select(
        "transaction_id",
        "transaction_type",
        "channel",
        words=words,
        reference=pl.col("reference_number").str.replace_all(r"\d", "9"),
    )
    is_guilty = pl.col("transaction_id").is_in(guilty.implode())
    columns = ["transaction_type", "channel", "words", "reference"]
    honest = shape.filter(~is_guilty)
    only = shape.filter(is_guilty).join(honest, on=columns, how="anti", nulls_equal=True)
    assert len(guilty) > 200
    assert only.is_empty()
