"""Quarantine: a rejected row is readable, whole when sealed, and shows no identity."""

import json

import polars as pl
import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.connectors.base import Malformed
from finplatform.ingest.connectors.csv_body import BAD_BYTE
from finplatform.ingest.protect import Protector
from finplatform.ingest.quarantine import REJECTED_ROWS, malformed_rows, rejected_rows
from finplatform.security.keys import MasterKey

MASTER = MasterKey(bytes(32))
PERSON = {
    "customer_id": "C1", "first_name": "Zdenka", "last_name": "Novotna Mala",
    "email": "zd@canary.example", "phone": "+420603987612", "address": "7 Elm Street",
    "city": "Brno", "country": "CZ", "date_of_birth": "1961-10-23", "credit_score": "712",
}  # fmt: skip


def _rejected(table: str, rows: list[dict], *failures: tuple[int, str, str]) -> pl.DataFrame:
    received = pl.DataFrame(rows)
    broken = pl.DataFrame(
        list(failures), schema={"row": pl.UInt32, "column": pl.String, "rule": pl.String},
        orient="row",
    )  # fmt: skip
    protector = Protector(SOURCES[table], MASTER)
    return rejected_rows(received, broken, table, protector, days=None, origin="f.csv")


def test_rows_have_the_columns_of_the_table_and_the_first_reason() -> None:
    rows = _rejected(
        "transactions", [{"amount": "x", "fees": "-1"}, {"amount": "1", "fees": "-2"}],
        (0, "amount", "type"), (0, "fees", "ge"), (1, "fees", "ge"),
    )  # fmt: skip
    assert rows.columns == [*REJECTED_ROWS.columns[:-1], "clear"]
    assert rows.select("column_name", "rule", "value").rows() == [
        ("amount", "type", "x"),
        ("fees", "ge", "-2"),
    ]
    assert json.loads(rows["failures"][0])[1] == {"column": "fees", "rule": "ge", "value": "-1"}
    assert json.loads(rows["row_text"][1]) == {"amount": "1", "fees": "-2"}


def test_invisible_and_undecodable_text_is_spelt_out() -> None:
    text = f"a\x00b\u202ec{chr(BAD_BYTE + 0xE9)}\r\n"
    rows = _rejected("transactions", [{"channel": text}], (0, "channel", "encoding"))
    assert rows["value"].to_list() == [r"a\x00b\u202ec\xe9\r\n"]
    assert json.loads(rows["clear"][0]) == {"channel": r"a\x00b\u202ec\xe9\r\n"}


def test_a_person_is_shown_by_first_letters_and_sealed_whole() -> None:
    rows = _rejected("customers", [PERSON], (0, "credit_score", "type(smallint)"))
    shown = json.loads(rows["row_text"][0])
    assert json.loads(rows["clear"][0]) == PERSON
    assert shown == {
        "customer_id": "C1", "first_name": "Z***", "last_name": "N*** M***",
        "email": "z***@***.example", "phone": "***12", "address": "***", "city": "B***",
        "country": "CZ", "date_of_birth": "***", "credit_score": "7***",
    }  # fmt: skip


@pytest.mark.parametrize("column", ["country", "credit_score", "customer_id", "city"])
def test_a_name_in_the_wrong_column_is_not_shown(column: str) -> None:
    rows = _rejected("customers", [PERSON | {column: "Canaryova"}], (0, column, "broken"))
    assert "Canaryova" not in str(rows.drop("clear").rows())
    assert rows["value"].to_list() == ["C***"]


def test_the_key_of_a_repetition_is_shown() -> None:
    rows = _rejected("customers", [PERSON], (0, "customer_id", "unique(customer_id)"))
    assert rows["value"].to_list() == ["C1"]


def test_an_erased_person_is_neither_shown_nor_sealed() -> None:
    rows = _rejected(
        "customers", [PERSON],
        (0, "customer_id", "identity_key_destroyed"), (0, "country", "str_matches"),
    )  # fmt: skip
    assert rows.select("row_text", "clear", "value").row(0) == ("[erased]", None, "C1")


def test_pieces_of_a_file_about_people_are_not_shown() -> None:
    piece = Malformed("columns(16)", "C1,Zdenka,00420603987612", "row 7")
    shown = {
        table: malformed_rows([piece], table, Protector(SOURCES[table], MASTER), day=None,
                              origin="f.csv")
        for table in ("customers", "transactions")
    }  # fmt: skip
    assert shown["customers"]["row_text"].to_list() == ["[redacted]"]
    assert shown["transactions"]["row_text"].to_list() == ["C1,Zdenka,[redacted]"]
    assert shown["customers"]["clear"].to_list() == [piece.text]
    assert shown["customers"]["column_name"].to_list() == ["row 7"]


def test_columns_may_be_named_like_those_of_quarantine() -> None:
    row = {"value": "x", "indicator_code": "G", "place": "p", "order": "o", "row": "r"}
    rows = _rejected("economic_indicators", [row], (0, "value", "type(double precision)"))
    assert rows["value"].to_list() == ["x"]
