"""Ratios of a built bank: none explodes over a denominator of next to nothing.

Whatever a column's own contract says, a share, rate or trend beyond a thousand is the mark of a
denominator that should have had a floor or given no figure.
"""

import re
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration

MOST = 1000
RATIO = re.compile(r"_(ratio|share|rate|trend)(_\d+m)?$")
PRICES = re.compile(r"exchange_rate|usd_rate")
_COLUMNS = """
select columns.table_name, columns.column_name
from information_schema.columns as columns
inner join information_schema.tables as tables using (table_schema, table_name)
where columns.table_schema = 'gold' and tables.table_type = 'BASE TABLE'
    and columns.data_type in ('double precision', 'numeric')
order by 1, 2
"""


@pytest.fixture
def session(built_bank: BuiltBank) -> Iterator[psycopg.Connection]:
    with psycopg.connect(built_bank.url) as connection:
        yield connection


def test_no_share_rate_or_trend_is_beyond_a_thousand(session: psycopg.Connection) -> None:
    seen, beyond = set(), {}
    for table, column in session.execute(_COLUMNS).fetchall():
        if not RATIO.search(column) or PRICES.search(column):
            continue
        query = sql.SQL("select max(abs({}))::float8 from gold.{}").format(
            sql.Identifier(column), sql.Identifier(table)
        )
        (largest,) = session.execute(query).fetchone() or (None,)
        if largest is not None:
            seen.add(f"{table}.{column}")
            if not largest <= MOST:
                beyond[f"{table}.{column}"] = largest
    assert beyond == {}
    assert seen >= {
        "customer_features.saving_rate_6m",
        "diagnostic_analytics.contribution_share",
        "fact_transactions.amount_to_usual_ratio",
    }


def test_a_saving_rate_is_of_what_came_in_and_null_where_nothing_did(
    session: psycopg.Connection,
) -> None:
    found = session.execute(
        """
        select
            count(*) filter (where credit_amount_6m = 0),
            count(*) filter (where (saving_rate_6m is null) <> (credit_amount_6m = 0)),
            count(*) filter (
                where credit_amount_6m > 0
                    and abs(
                        saving_rate_6m
                        - greatest(net_flow_amount_6m, -credit_amount_6m)
                        / nullif(credit_amount_6m, 0)
                    ) > 1e-9
            )
        from gold.customer_features
        """
    ).fetchone()
    assert found is not None
    silent, undue, wrong = found
    assert silent
    assert (undue, wrong) == (0, 0)


def test_a_share_of_what_cancels_out_is_no_figure(session: psycopg.Connection) -> None:
    found = session.execute(
        """
        with summed as (
            select
                contribution_share, contribution, total_change,
                sum(abs(contribution)) over (
                    partition by month_end, comparison, measure, currency, breakdown
                ) as movement
            from gold.diagnostic_analytics
        )

        select
            count(*) filter (where abs(total_change) < 0.09 * movement),
            count(*) filter (
                where abs(total_change) < 0.09 * movement and contribution_share is not null
            ),
            count(*) filter (
                where abs(total_change) > 0.11 * movement and contribution_share is null
            )
        from summed
        """
    ).fetchone()
    assert found is not None
    cancelled, told, silent = found
    assert cancelled
    assert (told, silent) == (0, 0)
