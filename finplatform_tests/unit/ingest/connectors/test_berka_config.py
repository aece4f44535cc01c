"""The queries of `examples/berka/sources.yaml`, on small files in the published form."""

import csv
import gzip
import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.classification import RowClassifier
from finplatform.ingest.connectors.base import ReadRequest
from finplatform.ingest.connectors.config import FilesSource, SourcesConfig, load_sources
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.ingest.validate import ValidationContext
from finplatform.ingest.values import Reading
from finplatform.settings import PROJECT_ROOT

TRANS = "trans_id;account_id;date;type;operation;amount;balance;k_symbol;bank;account"

SMALL_BANK = {
    "district.asc": [
        "A1;A2;A3;A4;A5;A6;A7;A8;A9;A10;A11;A12;A13;A14;A15;A16",
        '18;"Pisek";"south Bohemia";70699;60;13;2;1;4;65.3;8968;?;3.35;131;?;1910',
        '1;"Hl.m. Praha";"Prague";1204953;0;0;0;1;1;100.0;12541;0.29;0.43;167;85677;99107',
    ],
    "client.asc": [
        "client_id;birth_number;district_id",
        '1;"706213";18',
        '2;"450204";1',
        '3;"405109";1',
    ],
    "disp.asc": [
        "disp_id;client_id;account_id;type",
        '1;1;1;"OWNER"',
        '2;2;2;"OWNER"',
        '3;3;2;"DISPONENT"',
        '4;3;1;"DISPONENT"',
    ],
    "account.asc": [
        "account_id;district_id;frequency;date",
        '1;18;"POPLATEK MESICNE";950324',
        '2;1;"POPLATEK PO OBRATU";930226',
    ],
    "loan.asc": [
        "loan_id;account_id;date;amount;duration;payments;status",
        '10;1;960229;380160;60;6336.00;"C"',
        '11;1;930705;96396;12;8033.00;"B"',
        '12;2;940111;80952;24;3373.00;"A"',
        '13;2;981112;30276;12;2523.00;"D"',
    ],
    "trans.asc": [
        TRANS,
        '1;1;950324;"PRIJEM";"VKLAD";1000.00;1000.00;"";;',
        '2;1;950412;"VYDAJ";"PREVOD NA UCET";10.20;989.80;" ";"AB";"00123"',
    ],
}


@dataclass(frozen=True)
class Read:
    """What one table's query made of the files."""

    rows: pl.DataFrame
    broken: list[tuple[str, str, str | None]]


@dataclass(frozen=True)
class Files:
    """A folder of published files."""

    folder: Path
    config: SourcesConfig

    def write(self, name: str, lines: list[str]) -> None:
        """Puts a file there, compressed if its name says so."""
        text = ("\r\n".join(lines) + "\r\n").encode("latin-1")
        (self.folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)

    def read(self, table: str) -> Read:
        """Reads, names, types and judges the rows of a table, as a load does."""
        source, contract = self.config.sources["berka"], SOURCES[table]
        table_config = self.config.tables[table]
        assert isinstance(source, FilesSource)
        connector = FilesConnector(source, self.folder)
        lookups = {name: connector.read_lookup(at) for name, at in table_config.lookups.items()}
        classifier = RowClassifier(
            contract,
            table_config,
            lookups,
            ValidationContext(date(1993, 1, 1), date(1998, 12, 31)),
            None,
            Reading(source.timezone, identifiers=contract.identifier_columns),
        )
        frames, broken = [], []
        for batch in connector.read(ReadRequest(table, table_config)):
            classified = classifier.classify(batch, classifier.renamed(batch), None)
            frames.append(classified.good)
            broken += [
                (column, rule, classified.received[column][row])
                for row, column, rule in classified.failures.select("row", "column", "rule").rows()
            ]
        return Read(pl.concat(frames), broken)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """The small bank's files."""
    config = load_sources(PROJECT_ROOT / "examples" / "berka" / "sources.yaml", frozenset(SOURCES))
    small = Files(tmp_path, config)
    for name, lines in SMALL_BANK.items():
        small.write(name, lines)
    return small


def test_every_table_meets_its_contract(files: Files) -> None:
    broken = {table: files.read(table).broken for table in files.config.tables}

    assert broken == {table: [] for table in files.config.tables}


def test_a_transaction_goes_the_way_its_type_says_whatever_else_it_holds(files: Files) -> None:
    combinations = list(
        itertools.product(
            ["PRIJEM", "VYDAJ", "VYBER"],
            ["", "VKLAD", "VYBER", "VYBER KARTOU", "PREVOD Z UCTU", "PREVOD NA UCET", "NEW"],
            ["", " ", "UROK", "SANKC. UROK", "SLUZBY", "SIPO", "POJISTNE", "UVER", "DUCHOD", "X"],
        )
    )
    files.write(
        "trans.asc",
        [TRANS]
        + [
            f'{number};1;950324;"{kind}";"{operation}";1.00;1.00;"{symbol}";;'
            for number, (kind, operation, symbol) in enumerate(combinations)
        ],
    )
    seed = PROJECT_ROOT / "dbt_project" / "seeds" / "transaction_types.csv"
    with seed.open(encoding="utf-8", newline="") as stream:
        direction = {row["transaction_type"]: row["direction"] for row in csv.DictReader(stream)}

    read = files.read("transactions")

    assert read.broken == []
    assert [direction[kind] for kind in read.rows["transaction_type"]] == [
        "1" if kind == "PRIJEM" else "-1" for kind, _, _ in combinations
    ]


def test_the_published_combinations_have_their_meaning(files: Files) -> None:
    meaning = {
        ("PRIJEM", "VKLAD", ""): ("DEPOSIT", "BRANCH"),
        ("PRIJEM", "PREVOD Z UCTU", "DUCHOD"): ("TRANSFER_IN", "BATCH"),
        ("PRIJEM", "", "UROK"): ("INTEREST", "BATCH"),
        ("VYDAJ", "VYBER", " "): ("WITHDRAWAL", "BRANCH"),
        ("VYDAJ", "VYBER KARTOU", ""): ("WITHDRAWAL", "ATM"),
        ("VYBER", "VYBER", ""): ("WITHDRAWAL", "BRANCH"),
        ("VYDAJ", "VYBER", "SLUZBY"): ("FEE", "BATCH"),
        ("VYDAJ", "VYBER", "SANKC. UROK"): ("FEE", "BATCH"),
        ("VYDAJ", "VYBER", "SIPO"): ("BILL_PAYMENT", "BRANCH"),
        ("VYDAJ", "PREVOD NA UCET", "POJISTNE"): ("BILL_PAYMENT", "BATCH"),
        ("VYDAJ", "PREVOD NA UCET", "UVER"): ("LOAN_PAYMENT", "BATCH"),
        ("VYDAJ", "PREVOD NA UCET", " "): ("TRANSFER_OUT", "BATCH"),
    }
    files.write(
        "trans.asc",
        [TRANS]
        + [
            f'{number};1;950324;"{kind}";"{operation}";1.00;1.00;"{symbol}";;'
            for number, (kind, operation, symbol) in enumerate(meaning)
        ],
    )

    rows = files.read("transactions").rows

    assert rows.select("transaction_type", "channel").rows() == list(meaning.values())


def test_a_transaction_keeps_its_amount_its_day_its_codes_and_its_counterparty(
    files: Files,
) -> None:
    first, second = files.read("transactions").rows.rows(named=True)

    assert (first["amount"], second["amount"]) == (Decimal("1000.00"), Decimal("10.20"))
    assert first["transaction_date"] == datetime(1995, 3, 24, tzinfo=UTC)
    assert first["description"] == "PRIJEM / VKLAD"
    assert second["description"] == "VYDAJ / PREVOD NA UCET"
    assert first["counterparty_account"] is None
    assert second["counterparty_account"] == "AB-00123"


@pytest.mark.parametrize("kind", ["OTHER", ""])
def test_a_transaction_without_a_known_direction_is_refused(files: Files, kind: str) -> None:
    files.write("trans.asc", [TRANS, f'1;1;950324;"{kind}";"VYBER";5.00;5.00;"";;'])

    [(column, _, value)] = files.read("transactions").broken

    assert (column, value) == ("transaction_type", kind or None)


def test_plain_and_compressed_parts_are_both_read(files: Files) -> None:
    files.write("trans_1995.asc.gz", [TRANS, '3;1;950501;"VYDAJ";"VYBER";5.00;984.80;"";;'])

    assert files.read("transactions").rows["transaction_id"].to_list() == ["1", "2", "3"]


def test_women_have_fifty_added_to_the_month_of_birth(files: Files) -> None:
    rows = files.read("customers").rows.sort("customer_id")

    assert rows.select("sex", "date_of_birth").rows() == [
        ("F", date(1970, 12, 13)),
        ("M", date(1945, 2, 4)),
        ("F", date(1940, 1, 9)),
    ]


def test_a_person_joins_with_the_first_account_owned_or_disposed_of(files: Files) -> None:
    rows = files.read("customers").rows.sort("customer_id")

    assert rows["customer_since"].to_list() == [
        date(1995, 3, 24),
        date(1993, 2, 26),
        date(1993, 2, 26),
    ]
    assert rows["city"].to_list() == ["Pisek", "Hl.m. Praha", "Hl.m. Praha"]


def test_an_account_belongs_to_its_owner(files: Files) -> None:
    rows = files.read("accounts").rows.sort("account_id")

    assert rows.select("customer_id", "product_id", "branch_id").rows() == [
        ("1", "CURRENT-MONTHLY", "18"),
        ("2", "CURRENT-EACH", "1"),
    ]


def test_a_loan_is_reported_twice_and_owes_what_can_be_known(files: Files) -> None:
    rows = files.read("loans").rows.sort("loan_id", "_op")
    columns = ("maturity_date", "_op", "_changed_at", "status", "outstanding_principal", "purpose")
    reported = (
        rows.with_columns(pl.col("_changed_at").cast(pl.Date)).select("loan_id", *columns).rows()
    )

    # Of 60 instalments of the first, those from March 1996 to December 1998 are due: 34.
    assert reported == [
        ("10", date(2001, 2, 28), "c", date(1996, 2, 29), "ACTIVE", Decimal("380160.00"), None),
        (
            "10", date(2001, 2, 28), "u", date(1998, 12, 31), "ACTIVE", Decimal("164736.00"),
            "C: running, paid so far",
        ),
        ("11", date(1994, 7, 5), "c", date(1993, 7, 5), "ACTIVE", Decimal("96396.00"), None),
        (
            "11", date(1994, 7, 5), "u", date(1994, 7, 5), "DEFAULTED", Decimal("96396.00"),
            "B: finished, not paid",
        ),
        ("12", date(1996, 1, 11), "c", date(1994, 1, 11), "ACTIVE", Decimal("80952.00"), None),
        (
            "12", date(1996, 1, 11), "u", date(1996, 1, 11), "PAID_OFF", Decimal("0.00"),
            "A: finished, paid",
        ),
        ("13", date(1999, 11, 12), "c", date(1998, 11, 12), "ACTIVE", Decimal("30276.00"), None),
        (
            "13", date(1999, 11, 12), "u", date(1998, 12, 31), "DEFAULTED", Decimal("30276.00"),
            "D: running, in debt",
        ),
    ]  # fmt: skip


def test_a_broken_cell_costs_its_row_and_not_the_load(files: Files) -> None:
    files.write(
        "loan.asc",
        [
            SMALL_BANK["loan.asc"][0],
            '10;1;96x229;380160;60;6336.00;"C"',
            '11;1;930705;96396;12;8033.00;"E"',
            SMALL_BANK["loan.asc"][3],
        ],
    )
    files.write("client.asc", [*SMALL_BANK["client.asc"], '4;"451304";1'])

    loans, customers = files.read("loans").broken, files.read("customers").broken

    assert ("origination_date", "type(date)", "96x229") in loans
    assert ("status", "E") in {(column, value) for column, _, value in loans}
    assert ("date_of_birth", "type(date)", "19451304") in customers
