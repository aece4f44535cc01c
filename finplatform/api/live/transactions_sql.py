"""Statements on a table of transactions, each of which an index or a short range answers.

Belongs here: SQL on `oltp.transactions` and `bronze.transactions`, which name their columns alike.
Does not belong here: what the rows mean to the page (see `transactions`).
"""

from finplatform.warehouse.identifiers import quote

_NEWEST = 200
"""Rows that are looked at, of the largest keys and of the latest instants."""

_READ = """
    transaction_id, transaction_type, amount, currency, transaction_date, channel, status
"""

_COLUMNS = """
    transaction_id::text as id, transaction_type as kind, nullif(amount, 'NaN')::float8 as amount,
    currency, transaction_date as at, channel, status
"""

LAST_LOADED_DAY = """
    select (max(window_end) - 1)::timestamptz as day from ops.loads
    where table_name = 'transactions'
"""

_SUMS = """
    currency, count(*) as rows, count(*) filter (where status = 'FAILED') as failed,
    count(*) filter (where status = 'PENDING') as pending,
    coalesce(
        sum(amount) filter (where status = 'COMPLETED' and amount <> 'NaN'), 0
    )::float8 as amount
"""


def newest(table: str, *, by_floor: bool) -> str:
    """The newest rows except those in `sent`, each `id:status`.

    Each row has `keys`, the value of `sent` for the next query.

    Args:
        table: `schema.table`.
        by_floor: Whether rows before `floor` are left out, for want of an index on instants and of
            keys that grow.
    """
    name = _quoted(table)
    latest = f"order by transaction_date desc limit {_NEWEST}"
    if by_floor:
        rows = f"select {_READ} from {name} where transaction_date >= %(floor)s {latest}"
    else:
        rows = (
            f"(select {_READ} from {name} order by transaction_id desc limit {_NEWEST}) union all"
            f" (select {_READ} from {name} where transaction_date <= now() {latest})"
        )
    return (
        f"select id, kind, amount, currency, at, channel, status, keys from (select {_COLUMNS},"
        " array_agg(transaction_id || ':' || status) over () as keys"
        f" from (select distinct * from ({rows}) as newest) as newest"
        " where isfinite(transaction_date)) as newest"
        " where id || ':' || status <> all(%(sent)s::text[])"
    )


def spans(table: str, step: str) -> str:
    """Sums per span of time and currency, of rows from `from` up to, not including, `to`.

    Args:
        table: `schema.table`.
        step: Length of a span, as an interval.
    """
    return (
        f"select date_bin('{step}', transaction_date, 'epoch') as span, {_SUMS}"
        f" from {_quoted(table)} where transaction_date >= %(from)s and transaction_date < %(to)s"
        " group by 1, currency"
    )


def totals(table: str) -> str:
    """Sums per currency, of rows after `from` up to `to`, that included."""
    return (
        f"select {_SUMS} from {_quoted(table)}"
        " where transaction_date > %(from)s and transaction_date <= %(to)s group by currency"
    )


def _quoted(table: str) -> str:
    return ".".join(quote(part) for part in table.split("."))
