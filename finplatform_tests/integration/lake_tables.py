"""A small table by day, for tests of the lake."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

import pandera.polars as pa
import polars as pl
import psycopg

from finplatform.contracts.columns import Timestamp, column
from finplatform.contracts.contract import Contract, Kind
from finplatform.lake.catalog import LakeTable


class Sales(pa.DataFrameModel):
    """One row per sale."""

    sale_id: int = column("Sale.")
    sale_date: date = column("Day of the sale.")
    sold_at: Timestamp = column("Instant of the sale.")
    amount: Annotated[pl.Decimal, 18, 2] = column("Amount.", nullable=True)
    buyer: str = column("Who bought.", nullable=True)


SALES = LakeTable(
    Contract(
        "lake", "fact_sales", "one row per sale", Kind.EVENT, Sales.to_schema().columns,
        ("sale_id",), "sale_date",
    ),
    "gold.fact_sales",
)  # fmt: skip


@dataclass(frozen=True)
class DayTable:
    """The table in a warehouse."""

    connection: psycopg.Connection

    def create(self) -> None:
        self.connection.execute(
            "create schema gold; create table gold.fact_sales (sale_id bigint primary key,"
            " sale_date date not null, sold_at timestamptz not null, amount numeric(18,2),"
            " buyer text)"
        )

    def fill(self, first: date, last: date, *, rows: int) -> None:
        """Adds rows of each day; some amounts and buyers are null, some amounts are negative."""
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            self.connection.execute(
                "insert into gold.fact_sales select %(from)s * 1000 + i, %(day)s,"
                " %(day)s::timestamp at time zone 'UTC' + i * interval '1 minute',"
                " case when i %% 7 > 0 then (i * 12345.67 - 99999.99)::numeric(18,2) end,"
                " case when i %% 3 > 0 then 'J*** ' || i end"
                " from generate_series(1, %(rows)s) as i",
                {"from": number, "day": day, "rows": rows},
            )

    def add(self, day: date, amount: Decimal) -> None:
        self.connection.execute(
            "insert into gold.fact_sales select max(sale_id) + 1, %s, %s::timestamptz, %s, null"
            " from gold.fact_sales",
            (day, day, amount),
        )

    def empty(self, day: date) -> None:
        self.connection.execute("delete from gold.fact_sales where sale_date = %s", (day,))

    def total(self) -> Decimal:
        row = self.connection.execute("select sum(amount) from gold.fact_sales").fetchone()
        assert row is not None
        return Decimal(row[0])

    def rows(self) -> list[tuple[Any, ...]]:
        return self.connection.execute("select * from gold.fact_sales order by 1").fetchall()
