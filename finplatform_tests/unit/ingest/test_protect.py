"""Protecting: what is stored of a row is what its contract promises, and nothing in clear."""

import polars as pl
import pytest

from finplatform.contracts.bronze import LOG_COLUMNS, SOURCES
from finplatform.ingest.protect import Protector, iban_country
from finplatform.security.keys import MasterKey
from finplatform.security.tokens import Tokeniser

MASTER = MasterKey(bytes(32))
ADDED_BY_LOAD = {"identity_id", *LOG_COLUMNS}


@pytest.mark.parametrize("table", sorted(SOURCES))
def test_the_stored_columns_come_out_in_their_types(table: str) -> None:
    contract = SOURCES[table]
    received = pl.DataFrame(schema=contract.dtypes)
    stored = Protector(contract, MASTER).protect(received)
    promised = {
        name: dtype for name, dtype in contract.stored.dtypes.items() if name not in ADDED_BY_LOAD
    }
    assert dict(stored.schema) == promised


def test_a_token_is_the_same_in_every_batch_and_across_columns() -> None:
    iban = "CZ6508000000192000145399"
    transactions = Protector(SOURCES["transactions"], MASTER)
    schema = SOURCES["transactions"].dtypes
    tokens = []
    for others in (["A1", None], ["A2"]):
        rows = pl.DataFrame({"counterparty_account": [iban, *others, iban]})
        frame = pl.DataFrame(
            [rows.get_column(name) if name in rows.columns
             else pl.Series(name, [None] * rows.height, dtype=dtype)
             for name, dtype in schema.items()]
        )  # fmt: skip
        tokens += transactions.protect(frame)["counterparty_account_token"].to_list()
    expected = Tokeniser(MASTER).tokenise(pl.Series([iban]), "account_number")[0]
    assert [tokens[0], tokens[3], tokens[4], tokens[6]] == [expected] * 4
    assert tokens[2] is None
    assert len(set(tokens)) == 4


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("GB82 WEST 1234 5698 7654 32", "GB"),
        ("BG80BNBG96611020345678", "BG"),
        ("no9386011117947", "NO"),
        ("MT84MALT011000012345MTLCAST001S", "MT"),
        ("GB82WEST12345698765433", None),
        ("100007381132", None),
        ("GB82", None),
        ("", None),
        (None, None),
    ],
)
def test_of_another_banks_account_the_country_of_a_valid_iban_is_kept(
    number: str | None, country: str | None
) -> None:
    longer = "MT84MALT011000012345MTLCAST001S"
    assert iban_country(pl.Series([number, longer, "x", number], dtype=pl.String)).to_list() == [
        country, "MT", None, country,
    ]  # fmt: skip
