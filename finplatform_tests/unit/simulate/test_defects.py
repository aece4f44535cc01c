import polars as pl
import pytest

from finplatform.errors import FinplatformError
from finplatform.simulate import inject
from finplatform.simulate.defects import KINDS


@pytest.fixture(scope="module")
def frame(transactions: pl.DataFrame) -> pl.DataFrame:
    return transactions.head(2_000)


def test_every_kind_of_damage_is_done_and_labelled(frame: pl.DataFrame) -> None:
    content, labels = inject(frame, share=0.05, seed=3)
    clean, none = inject(frame, kinds=())
    assert len(KINDS) >= 20
    assert none.is_empty()
    assert set(labels["kind"]) == set(KINDS)
    good, bad = clean.split(b"\n"), content.split(b"\n")
    hurt = set(labels["row"])
    copies = set(labels.filter(pl.col("kind") == "duplicate_row")["row"])
    untouched = [line for row, line in enumerate(bad) if row not in hurt]
    kept = [
        line
        for row, line in enumerate(good)
        if row not in set(labels.filter(~pl.col("row").is_in(list(copies)))["transaction_id"])
    ]
    assert untouched == kept
    for row in labels.iter_rows(named=True):
        original = good[row["transaction_id"]]
        same = bad[row["row"]] == original
        assert same == (row["kind"] == "duplicate_row")


def test_the_seed_decides_which_rows_are_hurt(frame: pl.DataFrame) -> None:
    assert inject(frame, seed=3)[0] == inject(frame, seed=3)[0]
    assert inject(frame, seed=3)[0] != inject(frame, seed=4)[0]


def test_damage_reaches_the_bytes(frame: pl.DataFrame) -> None:
    broken, _ = inject(frame, kinds=("bad_encoding",))
    with pytest.raises(UnicodeDecodeError):
        broken.decode()
    assert b"\x00" in inject(frame, kinds=("nul_byte",))[0]
    short, labels = inject(frame, kinds=("too_few_columns",), share=0.001)
    line = short.split(b"\n")[labels["row"][0]]
    assert line.count(b",") < len(frame.columns) - 1


def test_unknown_kinds_and_shares_are_refused(frame: pl.DataFrame) -> None:
    with pytest.raises(FinplatformError, match="coffee_stain"):
        inject(frame, kinds=("coffee_stain",))
    with pytest.raises(FinplatformError, match="share"):
        inject(frame, share=2)
