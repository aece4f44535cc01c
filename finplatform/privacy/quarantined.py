"""Rejected rows about people who are erased.

They are sealed under a key that all of them share, since a row without a valid key has no person to
belong to: so they are opened, and those that name a person are deleted. Belongs here: finding and
deleting them.
"""

from collections.abc import Sequence

import polars as pl

from finplatform.warehouse import bulk
from finplatform.warehouse.identities import IdentityDoor

_SHORTEST = 6
_GONE, _FIELD = "rejected_rows_to_delete", "row"
_TABLE = "quarantine.rejected_rows"


def delete_quarantined(door: IdentityDoor, numbers: Sequence[str], texts: Sequence[str]) -> int:
    """Deletes rejected rows that name people by a number of theirs or by a clear text.

    Args:
        door: The vault's door; the opening is in the trail.
        numbers: Customers' and accounts' numbers.
        texts: Clear values.

    Returns:
        Rows deleted.
    """
    url = door.warehouse.url
    with bulk.connect(url) as connection:
        if bulk.fetch_value(connection, f"select to_regclass('{_TABLE}')::text") is None:
            return 0
        rows = bulk.read_frame(
            connection,
            "select ctid::text as place, identity_id, row_text, coalesce(value, '') as value"
            f" from {_TABLE}",
        )
    if rows.is_empty():
        return 0
    quoted = [f'"{number}"' for number in numbers]
    is_named = rows["row_text"].str.contains_any([*quoted, *texts])
    is_named |= rows["value"].is_in(list(numbers))
    clear = [*texts, *(number for number in numbers if len(number) >= _SHORTEST), *quoted]
    # Without a text there is nothing to find behind the seal that was not found before.
    others = rows.filter(~is_named)["identity_id"].drop_nulls()
    others = others if texts else others.clear()
    opened = [
        batch.filter(pl.col(_FIELD).fill_null("").str.contains_any(clear))["identity_id"]
        for batch in door.open(others, [_FIELD])
    ]
    found = [identity for batch in opened for identity in batch]
    gone = rows.filter(is_named | rows["identity_id"].is_in(found).fill_null(value=False))
    if gone.is_empty():
        return 0
    with bulk.connect(url) as connection:
        bulk.execute(
            connection,
            f"create temporary table {_GONE} (place text, identity_id text) on commit drop",
        )
        bulk.append_temporary(connection, _GONE, gone.select("place", "identity_id"))
        bulk.execute(
            connection, f"delete from {_TABLE} as t using {_GONE} as g where t.ctid = g.place::tid"
        )
        bulk.execute(
            connection,
            f"delete from vault.customer_identity as i using {_GONE} as g"
            " where i.identity_id = g.identity_id and not exists"
            f" (select from {_TABLE} as r where r.identity_id = i.identity_id)",
        )
    return gone.height
