"""Every query of `docs/queries.md` runs as the reader, as written there; the corrected are right.

The page holds the queries of the documents as printed, and forms that answer the question of their
title; the blocks are read from the page itself.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from finplatform.settings import PROJECT_ROOT
from finplatform.warehouse.reader_role import SEARCH_PATH, open_reader
from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

PAGE = (PROJECT_ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^(As printed|Corrected):\n\n```sql\n(.*?)\n```\n\n(\|.*?)$", re.M | re.S)
_PARTS = re.compile(r"^## (.+)$", re.M)


@dataclass(frozen=True)
class Block:
    """A query of the page, with the columns of the result that is shown below it."""

    title: str
    form: str
    query: str
    columns: list[str]


def blocks() -> Iterator[Block]:
    _, *parts = _PARTS.split(PAGE)
    for title, text in zip(parts[::2], parts[1::2], strict=True):
        for form, query, heading in _BLOCK.findall(text):
            yield Block(
                title, form, query, [name.strip() for name in heading.strip("|").split("|")]
            )


BLOCKS = {f"{block.title}: {block.form}": block for block in blocks()}
Rows = list[dict[str, Any]]


@pytest.fixture
def reader(built_bank: BuiltBank) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A session as a BI tool logs in: with the role's own defaults alone."""
    location = open_reader(built_bank.settings).location.set(drivername="postgresql")
    with psycopg.connect(
        location.render_as_string(hide_password=False), row_factory=dict_row
    ) as connection:
        yield connection


Reader = psycopg.Connection[dict[str, Any]]


def run(reader: Reader, name: str) -> Rows:
    return reader.execute(BLOCKS[name].query.encode()).fetchall()


def read(reader: Reader, query: str) -> Rows:
    return reader.execute(query.encode()).fetchall()


def test_the_page_has_every_query_of_the_documents_and_most_corrected() -> None:
    forms = defaultdict(set)
    for block in BLOCKS.values():
        forms[block.title].add(block.form)
    assert len(forms) == 8
    assert all("As printed" in found for found in forms.values())
    assert sum("Corrected" in found for found in forms.values()) >= 7
    assert PAGE.count("```sql") == len(BLOCKS)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_query_runs_as_written_and_returns_the_columns_that_the_page_shows(
    reader: Reader, name: str
) -> None:
    cursor = reader.execute(BLOCKS[name].query.encode())
    assert [column.name for column in cursor.description or ()] == BLOCKS[name].columns


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("customers", "masked"), ("accounts", "masked"), ("products", "masked"),
        ("transactions", "masked"), ("risk_assessments", "masked"), ("market_data", "masked"),
        ("regulatory_reports", "masked"), ("fact_transactions", "gold"), ("dim_customer", "gold"),
        ("dim_merchant", "gold"), ("predictive_analytics", "gold"), ("merchants", "bi"),
        ("payments", "bi"), ("settlements", "bi"), ("vw_payment_analytics", "bi"),
        ("vw_merchant_performance", "bi"), ("vw_customer_insights", "bi"),
    ],
)  # fmt: skip
def test_a_documents_name_finds_the_table_that_it_means(
    reader: Reader, name: str, schema: str
) -> None:
    (row,) = read(reader, f"select relnamespace::regnamespace::text as schema from pg_class"
                          f" where oid = '{name}'::regclass")  # fmt: skip
    assert row["schema"] == schema
    (row,) = read(reader, "show search_path")
    assert row["search_path"] == SEARCH_PATH


def test_the_functions_of_the_documents_are_found_without_their_schema(reader: Reader) -> None:
    (row,) = read(reader, "select * from get_daily_transaction_summary('2025-01-15')")
    assert row["total_transactions"] > 0
    for call in (
        "detect_failed_payments('2025-01-01', '2025-01-31')",
        "identify_sla_breaches()",
        "detect_high_risk_transactions(70.0)",
    ):
        assert read(reader, f"select * from {call}")


@pytest.mark.parametrize(
    ("call", "days"),
    [
        ("DATEDIFF('2025-03-01', '2025-02-28')", 1),
        ("datediff('2024-03-01', '2024-02-28')", 2),
        ("datediff('2025-01-01', '2025-01-31')", -30),
        ("datediff(null, '2025-01-31')", None),
        ("datediff(date '2025-01-31', date '2025-01-31')", 0),
    ],
)
def test_datediff_counts_days_from_its_second_date_to_its_first(
    reader: Reader, call: str, days: int | None
) -> None:
    assert read(reader, f"select {call} as days") == [{"days": days}]


def test_datediff_is_computed_in_line_and_depends_on_no_search_path(reader: Reader) -> None:
    plan = read(
        reader, "explain (verbose) select bi.datediff(full_date, '2025-01-01') from gold.dim_date"
    )
    assert "datediff" not in " ".join(row["QUERY PLAN"] for row in plan)
    reader.execute("set search_path = ''")
    assert read(reader, "select bi.datediff('2025-01-02', '2025-01-01') as days") == [{"days": 1}]


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("customers", "customer_id, country, customer_since, risk_profile, annual_income"),
        ("accounts", "account_id, customer_id, account_type, status, balance, opening_date"),
        ("products", "product_id, product_type, category, interest_rate, fees"),
        ("transactions", "transaction_id::text, account_id, amount, fees, status"),
        ("risk_assessments", "assessment_id::text, probability_default"),
    ],
)
def test_a_masked_table_has_the_rows_of_the_operational_one(
    session: psycopg.Connection, table: str, columns: str
) -> None:
    here, there = (
        session.execute(f"select {columns} from {name} order by 1".encode()).fetchall()
        for name in (f"masked.{table}", f"oltp.{table}")
    )
    assert here == there
    # A small bank may have no assessment in its few months.
    assert here or table == "risk_assessments"


def test_the_masked_table_of_returns_has_those_of_the_operational_one_and_the_platforms_own(
    session: psycopg.Connection,
) -> None:
    """It shows the regulatory register, which reads the operational table as a filing log."""
    here, there = (
        set(
            session.execute(
                "select report_type, reporting_period, generation_date, submitted_date"
                f" from {schema}.regulatory_reports".encode()
            ).fetchall()
        )
        for schema in ("masked", "oltp")
    )
    assert there < here


def test_masked_tables_show_no_clear_identifier(session: psycopg.Connection) -> None:
    (clear,) = session.execute(
        "select count(*) from masked.customers as m"
        " inner join oltp.customers as c using (customer_id)"
        " where m.first_name = c.first_name or m.last_name = c.last_name or m.email = c.email"
        " or m.phone = c.phone"
    ).fetchone() or (None,)
    assert clear == 0
    (clear,) = session.execute(
        "select count(*) from masked.accounts as m inner join oltp.accounts as a using (account_id)"
        " where m.account_number = a.account_number"
    ).fetchone() or (None,)
    assert clear == 0


def test_the_corrected_portfolio_counts_each_exposure_once(reader: Reader) -> None:
    rows = run(reader, "Credit risk portfolio (document 1): Corrected")
    (book,) = read(
        reader,
        "select sum(drawn_amount) as drawn, count(*) as n from gold.fact_risk_metrics"
        " where reporting_date = (select max(reporting_date) from gold.fact_risk_metrics)",
    )
    assert sum(row["total_exposure"] for row in rows) == book["drawn"]
    assert all(row["expected_loss"] >= 0 for row in rows)


def test_the_corrected_lifetime_value_has_every_holder_once_and_none_below_zero(
    reader: Reader,
) -> None:
    rows = run(reader, "Customer lifetime value (document 1): Corrected")
    (holders,) = read(
        reader, "select count(distinct customer_id) as n from accounts where status = 'ACTIVE'"
    )
    assert len(rows) == len({row["customer_id"] for row in rows}) == holders["n"]
    values = [row["customer_lifetime_value"] for row in rows]
    assert values == sorted(values, reverse=True)
    assert min(values) >= 0


def test_corrected_large_transactions_leave_the_banks_own_loans_out(reader: Reader) -> None:
    rows = run(reader, "Large transactions (document 1): Corrected")
    for row in rows:
        assert not {"LOAN_DISBURSEMENT", "LOAN_PAYMENT"} & set(row["transaction_types"].split(", "))
        assert (row["reason"] == "STRUCTURING") == (row["just_below_count"] >= 3)
        assert (
            row["just_below_count"] >= 3
            or row["large_transaction_count"] >= 5
            or row["total_amount"] > 100_000
        )


def test_corrected_frauds_are_at_known_merchants(reader: Reader) -> None:
    rows = run(reader, "Fraud by merchant (document 2): Corrected")
    assert "Unknown" not in {row["merchant_name"] for row in rows}
    (known,) = read(
        reader,
        "select count(*) as n from gold.fact_transactions where is_fraud and merchant_key <> -1"
        " and transaction_date > (select max(transaction_date) from gold.fact_transactions) - 120"
        " and transaction_date <= (select max(transaction_date) from gold.fact_transactions) - 30",
    )
    assert sum(row["fraud_count"] for row in rows) == known["n"]


def test_corrected_churn_has_a_customer_once(reader: Reader) -> None:
    rows = run(reader, "High-risk churn customers (document 2): Corrected")
    assert len(rows) == len({row["customer_id"] for row in rows})
    (latest,) = read(
        reader,
        "select count(distinct customer_id) as n from gold.predictive_analytics"
        " where churn_risk_band = 'HIGH' and observation_date"
        " = (select max(observation_date) from gold.predictive_analytics)",
    )
    assert len(rows) == latest["n"]


def test_corrected_kpis_are_those_of_the_descriptive_analytics(reader: Reader) -> None:
    rows = run(reader, "Monthly KPIs (document 2): Corrected")
    described = {
        row["month"]: (row["transactions"], row["volume"])
        for row in read(
            reader,
            "select to_char(month_end, 'YYYY-MM') as month, sum(completed_count) as transactions,"
            " sum(volume_amount) as volume from gold.descriptive_analytics"
            " where breakdown = 'TOTAL' group by 1",
        )
    }
    months = {row["month"]: row for row in rows}
    assert described.keys() <= months.keys()
    for month, figures in described.items():
        assert (months[month]["transactions"], months[month]["volume"]) == figures
    moved = read(
        reader,
        "select to_char(t.transaction_date, 'YYYY-MM') as month, count(distinct a.customer_id) as n"
        " from transactions as t inner join accounts as a on t.account_id = a.account_id"
        " where t.status = 'COMPLETED' and t.transaction_type <> 'OPENING_BALANCE' group by 1",
    )
    assert {row["month"]: row["active_customers"] for row in rows} == {
        row["month"]: row["n"] for row in moved
    }


def test_customers_are_counted_by_themselves_and_not_by_their_versions() -> None:
    """A key of a version says how a customer was, so that who moved would count twice."""
    counted = re.compile(r"distinct\s+\(?\s*(\w+\.)?(customer|account)_key", re.I)
    texts = {f"docs/queries.md, {name}": block.query for name, block in BLOCKS.items()
             if block.form == "Corrected"}  # fmt: skip
    for folder, pattern in (
        ("dbt_project/models", "*.sql"), ("dbt_project/models/metrics", "*.yml"),
        ("finplatform", "*.py"), ("notebooks", "*.py"),
    ):  # fmt: skip
        for path in (PROJECT_ROOT / folder).rglob(pattern):
            texts[str(path.relative_to(PROJECT_ROOT))] = path.read_text(encoding="utf-8")
    assert [name for name, text in texts.items() if counted.search(text)] == []


@pytest.mark.parametrize(
    "name", [name for name, block in BLOCKS.items() if block.form == "Corrected"]
)
def test_a_masked_name_never_stands_without_the_customer_it_is_of(name: str) -> None:
    """Names are masked to initials: by them alone, strangers would be added up as one."""
    columns = set(BLOCKS[name].columns)
    if columns & {"first_name", "last_name", "customer_name"}:
        assert "customer_id" in columns
        grouped = re.search(
            r"group by (.*?)(order by|having|\)|$)", BLOCKS[name].query, re.I | re.S
        )
        assert grouped is None or "customer_id" in grouped[1]


def test_corrected_spending_is_what_left_by_card_and_bill(reader: Reader) -> None:
    rows = run(reader, "Total spending per customer (document 4): Corrected")
    (paid,) = read(
        reader,
        "select sum(transaction_amount_abs) as total from gold.fact_transactions"
        " where status = 'COMPLETED' and transaction_type in ('CARD_PAYMENT', 'BILL_PAYMENT')"
        " and direction < 0",
    )
    assert sum(row["total_spent"] for row in rows) == paid["total"]
    keys = [(row["customer_id"], row["account_currency"]) for row in rows]
    assert len(keys) == len(set(keys))


def test_corrected_sales_are_of_known_merchants_and_all_of_theirs(reader: Reader) -> None:
    rows = run(reader, "Total sales by merchant category (document 4): Corrected")
    assert "UNKNOWN" not in {row["category"] for row in rows}
    (sold,) = read(
        reader,
        "select sum(amount_out) as total from (select case when direction < 0"
        " then account_amount else 0 end as amount_out from silver.stg_transactions"
        " where merchant_id is not null and status = 'COMPLETED') as sales",
    )
    assert sum((row["total_sales"] for row in rows), Decimal(0)) == sold["total"]
