"""Made-up source files for the tests of ingest: good rows, and bad ones with what becomes of them.

Belongs here: making files and loading them. Does not belong here: assertions.
"""

import hashlib
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psycopg

from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.connectors.base import Connector
from finplatform.ingest.connectors.config import FilesSource, TableConfig
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.ingest.connectors.registry import TableSource
from finplatform.ingest.connectors.source_values import SourceValues
from finplatform.ingest.load import LoadResult, LoadSettings, TableLoader
from finplatform.security.keys import MasterKey
from finplatform.windows import Window

MASTER = MasterKey(bytes(range(32)))
FIRST_DAY, LAST_DAY = date(2025, 1, 1), date(2025, 3, 31)
JANUARY = Window(date(2025, 1, 1), date(2025, 2, 1))
UTC_VALUES = SourceValues(timezone="UTC")
SETTINGS = LoadSettings(first_day=FIRST_DAY, last_day=LAST_DAY)

COLUMNS = tuple(SOURCES["transactions"].dtypes)
CUSTOMER_COLUMNS = tuple(SOURCES["customers"].dtypes)
ACCOUNTS = tuple(f"AC{number:05d}" for number in range(50))

Row = dict[str, str]


def transactions(count: int, seed: int = 7) -> list[Row]:
    """Good rows of January, in order of time."""
    chance = random.Random(seed)  # noqa: S311 - test data
    days = sorted(chance.randrange(31) for _ in range(count))
    return [
        {
            "transaction_id": f"T{number:07d}",
            "account_id": chance.choice(ACCOUNTS),
            "transaction_type": chance.choice(("CARD_PAYMENT", "DEPOSIT", "TRANSFER_OUT")),
            "amount": f"{chance.randrange(1, 10**6) / 100:.2f}",
            "currency": chance.choice(("USD", "EUR", "CZK")),
            "transaction_date": f"{FIRST_DAY + timedelta(days=day)}T10:{number % 60:02d}:00Z",
            "description": chance.choice(('"Café, ""U Zvonu"""', "Rent", "")),
            "reference_number": f"good-{number}",
            "counterparty_account": "",
            "merchant_id": "",
            "channel": chance.choice(("POS", "ATM", "ONLINE")),
            "status": "COMPLETED",
            "fees": "0.00",
            "exchange_rate": "1",
            "decline_reason": "",
        }
        for number, day in enumerate(days)
    ]


def line(row: Row) -> bytes:
    """A row as a line of CSV; values that need quotes have them already."""
    return ",".join(row.values()).encode() + b"\n"


@dataclass(frozen=True)
class Defect:
    """A way for a row to be bad, and what quarantine must say of it.

    Attributes:
        name: What it is.
        column: Column that quarantine names; for a broken line a place.
        rule: Beginning of the rule that quarantine names.
        value: Value that quarantine shows; None stands for null.
        make: From a good row to the bad line.
        has_day: Whether the row still says its day.
    """

    name: str
    column: str
    rule: str
    value: str | None
    make: Callable[[Row], bytes]
    has_day: bool = True


def _set(name: str, column: str, value: str, rule: str, shown: str | None = "") -> Defect:
    return Defect(
        name,
        column,
        rule,
        value if shown == "" else shown,
        lambda row: line(row | {column: value}),
        has_day=column != "transaction_date",
    )


def _raw(column: str, value: bytes) -> Callable[[Row], bytes]:
    return lambda row: line(row | {column: "@@"}).replace(b"@@", value)


def _without_last(row: Row) -> bytes:
    return b",".join(line(row).rstrip(b"\n").split(b",")[:-1]) + b"\n"


def _unclosed(row: Row) -> bytes:
    return line(row | {"description": '"never closed'})


_LONG = "x" * 501

DEFECTS: tuple[Defect, ...] = (
    _set("wrong_type", "amount", "twelve", "type(numeric(18,2))"),
    _set("null_key", "transaction_id", "", "not_nullable", None),
    _set("quoted_empty_key", "transaction_id", '""', "not_nullable", None),
    _set("blank_key", "transaction_id", "   ", "str_matches"),
    _set("padded_key", "transaction_id", " T1 ", "str_matches"),
    _set("control_in_key", "transaction_id", "T\x071", "str_matches", r"T\u00071"),
    _set("rtl_in_key", "transaction_id", "T\u202e1", "str_matches", r"T\u202e1"),
    _set("long_key", "transaction_id", "T" * 41, "str_matches"),
    _set("injection_in_key", "transaction_id", "1';drop table x--", "str_matches"),
    _set("null_account", "account_id", "", "not_nullable", None),
    _set("unknown_account", "account_id", "AC99999", "known(accounts.account_id)"),
    _set("future_date", "transaction_date", "2199-01-01T00:00:00Z", "not_in_the_future"),
    _set("ancient_date", "transaction_date", "1900-01-01T00:00:00Z", "not_before(2025-01-01)"),
    _set("impossible_date", "transaction_date", "2025-02-30T10:00:00Z", "type(timestamptz)"),
    _set("unparsable_date", "transaction_date", "yesterday", "type(timestamptz)"),
    _set("american_date", "transaction_date", "01/02/2025", "type(timestamptz)"),
    _set("null_date", "transaction_date", "", "not_nullable", None),
    _set("bad_currency", "currency", "XXX", "isin"),
    _set("small_currency", "currency", "usd", "isin"),
    _set("negative_fee", "fees", "-1.00", "greater_than_or_equal_to(0)"),
    _set("negative_amount", "amount", "-0.01", "greater_than_or_equal_to(0)"),
    _set("nan", "amount", "NaN", "type(numeric(18,2))"),
    _set("infinity", "amount", "Infinity", "type(numeric(18,2))"),
    _set("ten_to_thirty", "amount", "1" + "0" * 30, "type(numeric(18,2))"),
    _set("exponent", "amount", "1e5", "type(numeric(18,2))"),
    _set("too_much", "amount", "1000000000000.01", "less_than_or_equal_to(1000000000000)"),
    _set("three_decimals", "amount", "1.005", "type(numeric(18,2))"),
    _set("thousands", "amount", '"1,000.00"', "type(numeric(18,2))", "1,000.00"),
    _set("null_amount", "amount", "", "not_nullable", None),
    _set("zero_rate", "exchange_rate", "0", "greater_than(0)"),
    _set("nine_decimals", "exchange_rate", "1.123456789", "type(numeric(18,8))"),
    _set("unknown_type", "transaction_type", "GIFT", "isin"),
    _set("unknown_status", "status", "completed", "isin"),
    _set("unknown_channel", "channel", "FAX", "isin"),
    _set("long_text", "description", _LONG, "str_length", "***"),
    Defect("nul_byte", "channel", "nul_byte", r"P\x00OS", _raw("channel", b"P\x00OS")),
    Defect("bad_utf8", "channel", "encoding", r"P\xff\xfeS", _raw("channel", b"P\xff\xfeS")),
    Defect("latin1", "channel", "encoding", r"caf\xe9", _raw("channel", b"caf\xe9")),
    Defect("lost_character", "channel", "encoding", r"P\ufffd",
           _raw("channel", "P\ufffd".encode())),
    Defect("few_columns", "row", "columns(15)", None, _without_last, has_day=False),
    Defect("many_columns", "row", "columns(15)", None,
           lambda row: line(row | {"more": "1"}), has_day=False),
    Defect("unclosed_quote", "line", "quotes", None, _unclosed, has_day=False),
)  # fmt: skip
"""Every kind of broken row; repetitions of a key are made by `broken_file`."""


@dataclass(frozen=True)
class Expected:
    """A bad row of a file, and what quarantine must say of it."""

    marker: str
    defect: Defect
    day: date | None


def broken_file(
    path: Path, count: int, *, share: float = 0.01, seed: int = 7
) -> tuple[list[Row], list[Expected]]:
    """Writes a file of good rows with every kind of bad row strewn in.

    Args:
        path: File to write.
        count: Good rows.
        share: Bad rows as a share of the good ones.
        seed: Seed of the data.

    Returns:
        The good rows, and the bad ones.
    """
    chance = random.Random(seed)  # noqa: S311 - test data
    good = transactions(count, seed)
    lines = [line(row) for row in good]
    expected = []
    repetitions = (
        Defect("exact_duplicate", "transaction_id", "unique(transaction_id)", "", line),
        Defect("same_key", "transaction_id", "unique(transaction_id)", "",
               lambda row: line(row | {"amount": "0.07", "reference_number": row["reference_number"]
                                       + "-same_key"})),
    )  # fmt: skip
    kinds = [*DEFECTS, *repetitions]
    for number in range(int(count * share)):
        defect = kinds[number % len(kinds)]
        place = chance.randrange(len(good))
        row, day = good[place], date.fromisoformat(good[place]["transaction_date"][:10])
        marker = f"{defect.name}-{number}"
        if defect in repetitions:
            # A repetition comes after the row it repeats, somewhere: here at the end of the file.
            marker = row["reference_number"] if defect.name == "exact_duplicate" else "same_key"
            defect = Defect(
                defect.name, defect.column, defect.rule, row["transaction_id"], defect.make
            )
            lines.append(defect.make(row))
        else:
            bad = row | {"transaction_id": f"B{number:07d}", "reference_number": marker}
            lines.insert(place, defect.make(bad))
        expected.append(Expected(marker, defect, day if defect.has_day else None))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(",".join(COLUMNS).encode() + b"\n" + b"".join(lines))
    return good, expected


def customers(count: int, names: Callable[[int], str] = lambda n: f"Given{n}") -> list[Row]:
    """Good customers."""
    return [
        {
            "customer_id": f"CU{number:05d}",
            "first_name": names(number),
            "last_name": f"Family{number}",
            "email": f"customer{number}@example.com",
            "phone": f"+420777{number:06d}",
            "address": f"{number} Long Street",
            "city": "Prague",
            "state": "",
            "country": "CZ",
            "date_of_birth": "1984-02-29",
            "sex": "F",
            "customer_since": "2016-07-01",
            "risk_profile": "LOW",
            "credit_score": "712",
            "annual_income": "64000.50",
            "employment_status": "EMPLOYED",
        }
        for number in range(count)
    ]


def accounts(ids: Iterable[str] = ACCOUNTS, owner: str = "CU00000") -> list[Row]:
    """Good accounts."""
    return [
        {
            "account_id": account,
            "customer_id": owner,
            "product_id": "PR001",
            "account_type": "CHECKING",
            "account_number": f"CZ65{account}0000",
            "opening_date": "2016-07-01",
            "closing_date": "",
            "status": "ACTIVE",
            "balance": "10.00",
            "currency": "CZK",
            "interest_rate": "0.01",
            "credit_limit": "0",
            "branch_id": "BR001",
        }
        for account in ids
    ]


def write(path: Path, rows: Sequence[Row], *more: bytes) -> Path:
    """Writes rows as CSV, and then lines as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = ",".join(rows[0]).encode() + b"\n"
    path.write_bytes(header + b"".join(line(row) for row in rows) + b"".join(more))
    return path


def files(root: Path, **options: object) -> FilesConnector:
    """Connector of a folder."""
    source = FilesSource.model_validate({"connector": "files", "root": str(root), **options})
    return FilesConnector(source, root)


def load(
    url: str,
    table: str,
    connector: Connector,
    window: Window | None = None,
    *,
    settings: LoadSettings = SETTINGS,
    values: SourceValues = UTC_VALUES,
    master: MasterKey = MASTER,
    **config: object,
) -> LoadResult:
    """Loads a table of a source; `config` is its entry in `sources.yaml`."""
    entry = TableConfig.model_validate({"source": "s", **config})
    places = [TableSource(entry, connector, values)]
    return TableLoader(SOURCES[table], places, master, settings).load(url, window)


def load_accounts(url: str, folder: Path, ids: Iterable[str] = ACCOUNTS) -> None:
    """Loads the accounts that the transactions refer to."""
    write(folder / "accounts.csv", accounts(ids))
    load(url, "accounts", files(folder), read="accounts.csv")


def digest(url: str, table: str) -> str:
    """Hash of a table's whole content, whatever the order of its rows."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(f"select t::text from {table} as t order by 1").fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def digests(url: str) -> tuple[str, str]:
    """Hashes of the transactions and of all of quarantine."""
    return digest(url, "bronze.transactions"), digest(url, "quarantine.rejected_rows")


def query(url: str, statement: str) -> list[tuple]:
    """Rows of a query."""
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()
