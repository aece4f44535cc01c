"""Properties of the table of movements."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.ecl.roll_forward import MOVEMENTS, roll_forward
from finplatform.risk.errors import RiskInputError

cents = st.integers(0, 10**9).map(lambda amount: Decimal(amount) / 100)
books = st.dictionaries(st.integers(0, 20), st.tuples(st.sampled_from([1, 2, 3]), cents))


def table(book: dict[int, tuple[int, Decimal]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "exposure_id": list(book),
            "stage": [stage for stage, _ in book.values()],
            "allowance": [amount for _, amount in book.values()],
        },
        schema={"exposure_id": pl.Int64, "stage": pl.Int64, "allowance": pl.Decimal(18, 2)},
    )


def written(amounts: dict[int, Decimal]) -> pl.DataFrame:
    return pl.DataFrame(
        {"exposure_id": list(amounts), "amount": list(amounts.values())},
        schema={"exposure_id": pl.Int64, "amount": pl.Decimal(18, 2)},
    )


@given(books, books, st.dictionaries(st.integers(0, 20), cents))
def test_every_stage_and_the_total_add_up_to_the_cent(
    opening: dict[int, tuple[int, Decimal]],
    closing: dict[int, tuple[int, Decimal]],
    write_offs: dict[int, Decimal],
) -> None:
    known = {loan: amount for loan, amount in write_offs.items() if loan in opening | closing}
    moved = roll_forward(table(opening), table(closing), written(known))
    assert moved["stage"].to_list() == [1, 2, 3]
    for row in moved.iter_rows(named=True):
        assert row["closing"] == sum(row[name] for name in MOVEMENTS[:-1])
        held = [amount for stage, amount in closing.values() if stage == row["stage"]]
        assert row["closing"] == sum(held)
    assert moved["transferred_in"].sum() + moved["transferred_out"].sum() == 0
    assert moved["written_off"].sum() == -sum(known.values())
    assert moved["opening"].sum() == sum(amount for _, amount in opening.values())


def test_each_fate_has_its_own_column() -> None:
    opening = {1: (1, 10), 2: (1, 20), 3: (2, 30), 4: (3, 40), 5: (3, 50)}
    closing = {1: (1, 12), 2: (2, 80), 4: (3, 15), 6: (1, 7)}
    moved = roll_forward(
        table({loan: (stage, Decimal(amount)) for loan, (stage, amount) in opening.items()}),
        table({loan: (stage, Decimal(amount)) for loan, (stage, amount) in closing.items()}),
        written({4: Decimal(30), 5: Decimal(60)}),
    )
    assert moved.select(MOVEMENTS).rows() == [
        (30, 7, 0, 0, -20, 0, 2, 0, 19),
        (30, 0, -30, 20, 0, 60, 0, 0, 80),
        (90, 0, 0, 0, 0, 0, 15, -90, 15),
    ]


def test_a_book_that_stays_does_not_move() -> None:
    book = table({1: (1, Decimal(5)), 2: (3, Decimal(9))})
    moved = roll_forward(book, book)
    assert (moved["opening"] == moved["closing"]).all()
    assert set(moved.select(MOVEMENTS[1:-1]).row(0)) == {0}
    assert set(moved.select(MOVEMENTS[1:-1]).row(2)) == {0}


def test_what_cannot_be_taken_is_named() -> None:
    one = table({1: (1, Decimal(5))})
    with pytest.raises(RiskInputError, match="stands twice in the closing"):
        roll_forward(one, pl.concat([one, one]))
    with pytest.raises(RiskInputError, match="opening allowances have an unknown stage"):
        roll_forward(table({1: (4, Decimal(5))}), one)
    with pytest.raises(RiskInputError, match="lack values of allowance"):
        roll_forward(one.with_columns(allowance=pl.lit(None, pl.Decimal(18, 2))), one)
    with pytest.raises(RiskInputError, match="1 write-off"):
        roll_forward(one, one, written({9: Decimal(1)}))
    with pytest.raises(RiskInputError, match="write-off is negative"):
        roll_forward(one, one, written({1: Decimal(-1)}))
