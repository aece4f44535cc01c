"""The lake at any number of transactions: made from a built bank's, and queried by the KPI queries.

    python -m benchmarks.lake_scale --rows 10000000 --folder /tmp/lake10m

Every day of the bank's lake is copied as often as the number of rows requires, each copy
with customers, accounts and keys of its own and amounts that differ by up to a fifth. A copy has
the columns that the queries of `docs/queries.md` and the pages read; scans do not read
other columns. Dimensions are the bank's; customers are copied as well. Prints JSON: seconds of each
query and the peak memory of the process.
"""

import argparse
import json
import resource
import shutil
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from finplatform.lake.catalog import FACTS
from finplatform.lake.dialect import adapt
from finplatform.lake.duck import WAREHOUSE, attach, open_duck
from finplatform.lake.manifest import partition_key, read_manifest
from finplatform.lake.root import LakeRoot, open_root
from finplatform.lake.totals import scan
from finplatform.settings import get_settings
from finplatform.warehouse.identifiers import literal
from finplatform.warehouse.reader_role import open_reader

TABLE = FACTS[0]

COPIED = """
select
    transaction_key + copy * 1000003 as transaction_key,
    case when customer_key = -1 then -1 else customer_key + copy * 7919 end as customer_key,
    account_key + copy * 104729 as account_key,
    merchant_key,
    date_key,
    transaction_id || '-' || copy as transaction_id,
    account_id || '-' || copy as account_id,
    customer_id || '-' || copy as customer_id,
    transaction_at,
    transaction_date,
    transaction_hour,
    transaction_type,
    channel,
    status,
    is_completed,
    is_failed,
    is_fraud,
    currency,
    account_currency,
    (amount * factor)::decimal(18, 2) as amount,
    (transaction_amount_abs * factor)::decimal(18, 2) as transaction_amount_abs,
    (debit_amount * factor)::decimal(18, 2) as debit_amount,
    (credit_amount * factor)::decimal(18, 2) as credit_amount,
    fees
from (
    select
        source.*,
        copies.copy,
        0.8 + 0.4 * (hash(transaction_key, copies.copy) % 1000) / 1000.0 as factor
    from {source} as source
    cross join (select unnest(range({copies})) as copy) as copies
)
order by copy, account_key
"""

CUSTOMERS = f"""
create view gold.dim_customer as
select
    case when customer_key = -1 then -1 else customer_key + copy * 7919 end as customer_key,
    customer_id || '-' || copy as customer_id,
    first_name,
    customer_name,
    is_current
from {WAREHOUSE}.gold.dim_customer
cross join (select unnest(range({{copies}})) as copy) as copies
"""

QUERIES = {
    "monthly KPIs, as printed": """
        select to_char(transaction_date, 'YYYY-MM') as month, count(*) as transactions,
            count(distinct customer_key) as active_customers,
            sum(transaction_amount_abs) as volume, avg(transaction_amount_abs) as avg_transaction
        from gold.fact_transactions group by to_char(transaction_date, 'YYYY-MM')
        order by month desc""",
    "fraud by merchant, as printed": """
        select m.merchant_name, m.category, count(*) as fraud_count,
            sum(f.transaction_amount_abs) as fraud_amount
        from gold.fact_transactions f join gold.dim_merchant m on f.merchant_key = m.merchant_key
        where f.is_fraud = true
            and f.transaction_date >= (select max(transaction_date) from gold.fact_transactions)
                - interval '30 days'
        group by m.merchant_name, m.category order by fraud_count desc""",
    "sales by category, as printed": """
        select m.category, sum(f.amount) as total_sales
        from gold.fact_transactions f join gold.dim_merchant m on f.merchant_key = m.merchant_key
        group by m.category order by total_sales desc""",
    "spending by first name, as printed": """
        select c.first_name, sum(f.amount) as total_spent
        from gold.fact_transactions f join gold.dim_customer c on f.customer_key = c.customer_key
        group by c.first_name order by total_spent desc""",
    "spending per customer": """
        select f.customer_id, f.account_currency, sum(f.debit_amount) as total_spent
        from gold.fact_transactions f
        where f.is_completed and f.transaction_type in ('CARD_PAYMENT', 'BILL_PAYMENT')
        group by f.customer_id, f.account_currency order by total_spent desc, f.customer_id
        limit 100""",
    "day by type and channel": """
        select transaction_date, transaction_type, channel, count(*), sum(transaction_amount_abs),
            count(*) filter (where is_failed)
        from gold.fact_transactions group by all order by all""",
}


def main() -> None:
    """Makes the lake unless it exists, and queries it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--memory-mb", type=int, default=3_072)
    given = parser.parse_args()
    figures = measure(given.rows, given.folder, given.memory_mb)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


def measure(rows: int, folder: Path, memory_mb: int) -> dict[str, Any]:
    """Figures of a lake of so many rows.

    Args:
        rows: Transactions, about.
        folder: Where the lake is made; an existing one is queried as it is.
        memory_mb: Memory that DuckDB may take; the process takes some more.
    """
    settings = get_settings()
    reader, source = open_reader(settings), open_root(settings)
    folder = folder.resolve()
    made = LakeRoot(str(folder))
    held = read_manifest(source, TABLE)
    if held is None or not held.rows:
        raise SystemExit("The bank has no lake: run `finplatform lake sync fact_transactions`.")
    copies = -(-rows // held.rows)
    days = {day: part.rows for day, part in held.partitions.items() if part.rows}
    spill = folder / "_spill"
    spill.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with open_duck(memory_mb, spill) as duck:
        for day in sorted(days):
            _write(duck, source, made, day, copies)
    making = time.monotonic() - began
    files = [made.path(partition_key(TABLE, day)) for day in sorted(days)]
    found: dict[str, Any] = {
        "rows": copies * held.rows,
        "files": len(files),
        "bytes": sum(Path(file).stat().st_size for file in files),
        "seconds_to_make": round(making, 1),
        "memory_limit_mb": memory_mb,
        "queries": {},
    }
    with open_duck(memory_mb, spill) as duck:
        attach(duck, reader)
        for schema in ("gold", "bi"):
            duck.execute(f"create schema {schema}")
        adapt(duck)
        duck.execute("set search_path = 'gold,bi'")
        duck.execute(f"create view gold.fact_transactions as select * from {scan(files)}")
        duck.execute(
            f"create view gold.dim_merchant as select * from {WAREHOUSE}.gold.dim_merchant"
        )
        duck.execute(CUSTOMERS.format(copies=copies))
        for name, text in QUERIES.items():
            began = time.monotonic()
            answer = duck.execute(text).fetchall()
            taken = round(time.monotonic() - began, 2)
            found["queries"][name] = {"seconds": taken, "rows": len(answer)}
    found["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    shutil.rmtree(spill)
    return found


def _write(
    duck: duckdb.DuckDBPyConnection, source: LakeRoot, made: LakeRoot, day: date, copies: int
) -> None:
    """Writes a day, unless it is there."""
    key = partition_key(TABLE, day)
    target = Path(made.path(key))
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    coming = target.with_suffix(".coming")
    query = COPIED.format(source=scan([source.path(key)]), copies=copies)
    duck.execute(f"copy ({query}) to {literal(str(coming))} (format parquet, compression zstd)")
    coming.rename(target)


if __name__ == "__main__":
    main()
